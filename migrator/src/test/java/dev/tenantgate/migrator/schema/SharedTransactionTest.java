package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@link SharedTransaction}: when steps share a message, and what becomes of one that fails. */
class SharedTransactionTest {

  private static final String BEGIN = "BEGIN ISOLATION LEVEL";
  private static final String REST_OF_LOCK_TIMEOUT = "set_config('lock_timeout', (CASE";
  private static final String KEPT = ", 3000, 'TG001')";
  private static final String GIVEN_BACK = ", NULL, 'TG001')";
  private static final Failure WRONG = new Failure("42P07", "it is there already", 0);

  /** So many characters of migrations go into one message. */
  private static final int MOST = 16 << 20;

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema
        .with("001_a.sql", "CREATE TABLE a (id int);")
        .with("002_b.sql", "CREATE TABLE b ();")
        .with("003_c.sql", "CREATE TABLE c ();");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  /** The migrations of each message that has any: {@code a b c}. */
  private List<String> messages() {
    return schema.server.sent("CREATE TABLE").stream()
        .map(
            message ->
                List.of("a", "b", "c").stream()
                    .filter(table -> message.contains("CREATE TABLE " + table))
                    .reduce((one, other) -> one + " " + other)
                    .orElse(""))
        .filter(tables -> !tables.isEmpty())
        .toList();
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  private List<Version> applied(SchemaOutcome outcome) {
    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    return ((SchemaOutcome.Migrated) outcome).applied();
  }

  private SchemaOutcome.Failed failed() throws Exception {
    return (SchemaOutcome.Failed) schema.migrate();
  }

  /** The message behind the first that has a text. */
  private String behind(String part) {
    List<String> sent = schema.server.sent();
    return sent.get(sent.indexOf(schema.message(part)) + 1);
  }

  @Test
  void stepsShareOneTransaction() throws Exception {
    assertThat(applied(schema.migrate()))
        .containsExactly(new Version(1), new Version(2), new Version(3));

    assertThat(messages()).containsExactly("a b c");
    String message = schema.message("CREATE TABLE a");
    assertThat(count(message, BEGIN)).isEqualTo(1);
    assertThat(count(message, "\nCOMMIT;")).isEqualTo(1);
    assertThat(count(message, "confirm_lease(")).isEqualTo(1);
    assertThat(message).contains(GIVEN_BACK);
  }

  @Test
  void stepsOfATransactionShareTheLockTimeout() throws Exception {
    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(count(schema.message("CREATE TABLE a"), REST_OF_LOCK_TIMEOUT)).isEqualTo(2);
  }

  @Test
  void failureOfOneHasAllTakenOneByOne() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(applied(schema.migrate())).hasSize(3);

    assertThat(messages()).containsExactly("a b c", "a", "b", "c");
    assertThat(schema.server.sent("CREATE TABLE a").get(1)).doesNotContain(REST_OF_LOCK_TIMEOUT);
    assertThat(schema.told).containsExactly("started [1, 2, 3]", "finished Migrated");
  }

  @Test
  void leaseIsKeptUntilTheLastOfThemIsCommitted() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(schema.server.sent("CREATE TABLE a").get(1)).contains(KEPT);
    assertThat(schema.server.sent("CREATE TABLE b").get(1)).contains(KEPT);
    assertThat(schema.server.sent("CREATE TABLE c").get(1)).contains(GIVEN_BACK);
  }

  @Test
  void leaseIsKeptWhereOtherStepsFollow() throws Exception {
    schema.with("001_a.sql", "CREATE TABLE a (id int); SET search_path = public;");
    schema.with("002_b.sql", "CREATE TABLE b (); SET search_path = public;");
    schema.server.once("CREATE TABLE a", WRONG);

    assertThat(schema.migrate().succeeded()).isFalse();
    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(messages()).containsExactly("a", "a", "b", "c");
    assertThat(schema.server.sent("CREATE TABLE a").get(1)).contains(KEPT);
    assertThat(schema.message("CREATE TABLE b")).contains(KEPT);
    assertThat(schema.message("CREATE TABLE c")).contains(GIVEN_BACK);
  }

  @Test
  void stepsBeforeTheFailingOneStayAndLaterOnesAreNotSent() throws Exception {
    schema.server.always("CREATE TABLE b", WRONG);

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.applied()).containsExactly(new Version(1));
    assertThat(Objects.requireNonNull(failed.migration()).version()).isEqualTo(new Version(2));
    assertThat(failed.sqlState()).isEqualTo("42P07");
    assertThat(failed.error()).contains("migration 2 (b) failed", "it is there already");
    assertThat(messages()).containsExactly("a b c", "a", "b");
    assertThat(schema.history.keySet()).containsExactly(1L, 2L);
    assertThat(schema.history.get(1L)).contains("success");
    assertThat(schema.history.get(2L)).contains("failed");
  }

  @Test
  void failureHasTheLineOfItsFile() throws Exception {
    schema.with("002_b.sql", "-- a comment\nCREATE TABLE b (\n  id nothing);");
    schema.server.answer(
        "CREATE TABLE b",
        statement -> {
          List<String> sent = schema.server.sent();
          String message = sent.get(sent.size() - 1);
          return new Failure("42704", "no such type", message.indexOf("nothing") + 1);
        });

    assertThat(failed().error()).contains("002_b.sql:3: no such type");
  }

  @Test
  void failedTransactionIsRolledBackAtOnce() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(behind("CREATE TABLE b")).isEqualTo("ROLLBACK");
    assertThat(schema.server.sent("DISCARD ALL")).isEmpty();
  }

  @Test
  void failedTransactionThatTouchedItsSessionHasItPutBack() throws Exception {
    schema.with("003_c.sql", "CREATE TABLE c (); SET search_path = public;");
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(schema.migrate().succeeded()).isTrue();

    List<String> sent = schema.server.sent();
    int failing = sent.indexOf(schema.message("CREATE TABLE b"));
    assertThat(sent.subList(failing + 1, failing + 3)).containsExactly("ROLLBACK", "DISCARD ALL");
  }

  @Test
  void historysTableIsMadeByTheFirstThatIsCommitted() throws Exception {
    schema.tableThere = false;
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(schema.migrate().succeeded()).isTrue();

    List<String> making =
        schema.server.sent("CREATE TABLE IF NOT EXISTS \"tenant_acme\".schema_migrations");
    assertThat(making)
        .containsExactly(
            schema.message("CREATE TABLE a"), schema.server.sent("CREATE TABLE a").get(1));
  }

  @Test
  void failureOnRecordGivesItsPlaceToTheSuccess() throws Exception {
    schema.applied(1).recorded(2, "failed", "it is there already");

    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(schema.message("CREATE TABLE b"))
        .contains("DELETE FROM \"tenant_acme\".schema_migrations WHERE version = 2")
        .doesNotContain("DELETE FROM \"tenant_acme\".schema_migrations WHERE version = 3");
  }

  @Test
  void onceSomebodyWasInTheWayNothingStaysLockedForALaterOne() throws Exception {
    schema.server.once("CREATE TABLE b", new Failure("55P03", "lock timeout", 0));

    assertThat(applied(schema.migrate())).hasSize(3);

    assertThat(messages()).containsExactly("a b c", "a", "b", "c");
    assertThat(schema.told)
        .containsExactly(
            "started [1, 2, 3]", "retrying 1 55P03", "started [1, 2, 3]", "finished Migrated");
  }

  @Test
  void leaseThatIsLostEndsTheTryAndBlamesNoMigration() throws Exception {
    schema.leaseLost = true;

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "another process"));

    assertThat(messages()).isNotEmpty().containsOnly("a b c");
    assertThat(schema.history).isEmpty();
    assertThat(schema.server.sent("'failed'")).isEmpty();
  }

  @Test
  void connectionThatIsLostAfterAFailureIsNotPutDownToTheMigrations() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);
    schema.server.once("ROLLBACK", new Drop());

    assertThat(applied(schema.migrate())).hasSize(3);

    assertThat(messages()).containsExactly("a b c", "a b c");
    assertThat(schema.server.sent("connection was lost")).isEmpty();
  }

  @Test
  void migrationsThatAreVeryLongTogetherHaveTransactionsOfTheirOwn() throws Exception {
    schema.with("003_c.sql", "CREATE TABLE c ();\n--" + "x".repeat(MOST));

    assertThat(schema.migrate().succeeded()).isTrue();

    assertThat(schema.server.sent("confirm_lease(")).hasSize(3);
  }
}
