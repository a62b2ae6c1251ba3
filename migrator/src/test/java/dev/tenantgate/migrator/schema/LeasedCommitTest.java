package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@link LeasedSchema} that commits its last transaction: who is told of it, and of what. */
class LeasedCommitTest {

  private static final Pattern PROOF = Pattern.compile("NULL, '([^']+)'\\)");
  private static final Pattern DIGEST = Pattern.compile("record_state\\(.*, '([^']+)'\\)");
  private static final String LAST = "CREATE TABLE b";
  private static final String NOTIFY = "pg_notify";

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema
        .with("001_a.sql", "CREATE TABLE a (); SET search_path = public;")
        .with("002_b.sql", "CREATE TABLE b ();")
        .with("003_c.sql", "CREATE TABLE c ();");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private void withGateway() {
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.server.answer("FROM tenantgate.drain_ack WHERE (schema_name", ScriptedSchema::drained);
  }

  private void migrated() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static List<Version> versions(SchemaHistory history) {
    return history.entries().stream().map(HistoryEntry::version).toList();
  }

  private String behindTheLast() {
    List<String> sent = schema.server.sent();
    return sent.get(sent.indexOf(schema.message(LAST)) + 1);
  }

  @Test
  void historyIsToldAsItIsBehindAllTransactions() throws Exception {
    migrated();

    assertThat(schema.committed).hasSize(1);
    SchemaHistory told = schema.committed.get(0);
    assertThat(versions(told)).containsExactly(new Version(1), new Version(2), new Version(3));
    assertThat(told.entries()).allMatch(HistoryEntry::succeeded);
    assertThat(told.entries().get(1).checksum())
        .isEqualTo(schema.files.changelog().of(ScriptedSchema.ACME).get(1).checksum());
  }

  @Test
  void historyIsNotToldBeforeTheLastTransaction() throws Exception {
    schema.server.fail(LAST, "42P07", "it is there already");
    schema.server.fail(LAST, "42P07", "it is there already");

    assertThat(schema.migrate().succeeded()).isFalse();

    assertThat(schema.history.get(1L)).contains("success");
    assertThat(schema.committed).isEmpty();
  }

  @Test
  void historyThatShrinksIsReadByThoseWhoNeedIt() throws Exception {
    schema.with(
        "001_a.sql", "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;");
    schema.applied(1);
    withGateway();

    SchemaOutcome outcome = ScriptedSchema.outcome(schema.run(new Goal.Down(null)));

    assertThat(outcome).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(schema.committed).isEmpty();
    String announced = schema.server.sent(NOTIFY).get(schema.server.sent(NOTIFY).size() - 1);
    assertThat(announced).doesNotContain("'done scripted ").contains("tenant_acme");
  }

  @Test
  void gatewaysThatHoldTransactionsAreToldRightBehindTheCommit() throws Exception {
    schema.applied(1);
    withGateway();

    migrated();

    String digest = first(DIGEST, schema.message(LAST));
    String proof = first(PROOF, schema.message("INSERT INTO tenantgate.drain AS d"));
    assertThat(behindTheLast())
        .contains(
            NOTIFY,
            "'done scripted 11 %s %s 2,3 tenant_acme'".formatted(proof, digest),
            "token = 11",
            "history_digest = '%s'".formatted(digest));
  }

  @Test
  void gatewaysAreToldOfAllThatWasAppliedWhileTheyHeld() throws Exception {
    withGateway();

    migrated();

    assertThat(schema.message("CREATE TABLE a ()")).doesNotContain(LAST);
    assertThat(schema.message("done scripted")).contains(" 1,2,3 tenant_acme'");
    assertThat(schema.server.sent("done scripted")).hasSize(1);
    assertThat(behindTheLast()).contains("done scripted");
  }

  @Test
  void whatWentWithTheCommitIsNotAnnouncedAgain() throws Exception {
    schema.applied(1);
    withGateway();
    migrated();

    schema.close(); // announces what is waiting still

    List<String> sent = schema.server.sent();
    int last = sent.indexOf(schema.message(LAST));
    assertThat(sent.subList(last + 2, sent.size())).noneMatch(message -> message.contains(NOTIFY));
  }

  @Test
  void withoutGatewaysTheChangeIsAnnouncedBehindTheRun() throws Exception {
    migrated();

    await().until(() -> !schema.server.sent(NOTIFY).isEmpty());
    assertThat(schema.server.sent("done scripted")).isEmpty();
    assertThat(schema.server.sent(NOTIFY)).hasSize(1);
  }

  @Test
  void serverWithoutAnnouncementsGetsTheCommitAlone() throws Exception {
    schema.applied(1);
    withGateway();
    schema.server.fail(NOTIFY, "0A000", "NOTIFY isn't implemented");

    migrated();

    schema.close();
    assertThat(schema.server.sent(NOTIFY)).hasSize(1);
    assertThat(schema.committed).hasSize(1);
  }
}
