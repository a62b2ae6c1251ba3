package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A {@link LeasedSchema} whose lease is taken by the message that works under it: the opening is
 * sent as often as is needed, and its errors are told from a migration's.
 */
class LeaseAheadTest {

  private static final String OPENING = "tenantgate.take_lease(";
  private static final String HELD = "SELECT 1 FROM tenantgate.lease";
  private static final String ASKED_FOR = "INSERT INTO tenantgate.lease AS l";
  private static final String RELEASE = "UPDATE tenantgate.lease SET holder = NULL";
  private static final Failure WRONG = new Failure("42P07", "it is there already", 0);

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema
        .with("001_a.sql", "CREATE TABLE a ();")
        .with("002_b.sql", "CREATE TABLE b ();")
        .with("003_c.sql", "CREATE TABLE c ();")
        .applied(1);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private SchemaOutcome goAhead() throws Exception {
    return ScriptedSchema.outcome(schema.ahead(7));
  }

  @Test
  void leaseIsTakenByTheFirstMessageAlone() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);
    schema.server.row(HELD, "1");

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(OPENING)).containsExactly(schema.message("CREATE TABLE b"));
    assertThat(schema.server.sent("CREATE TABLE b").get(1)).contains(", 8, 3000, 'TG001')");
    assertThat(schema.server.sent("CREATE TABLE c").get(1)).contains(", 8, NULL, 'TG001')");
    assertThat(schema.message(HELD)).contains("'tenant_acme' AND token = 8");
    assertThat(schema.server.sent(ASKED_FOR)).isEmpty();
  }

  @Test
  void leaseIsTakenAgainWhereTheMessageFailedAsAWhole() throws Exception {
    schema.server.once("CREATE TABLE b", WRONG);

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(OPENING)).isEqualTo(schema.server.sent("CREATE TABLE b"));
    assertThat(schema.server.sent(HELD)).hasSize(1);
  }

  @Test
  void failureIsRecordedByAMessageThatTakesTheLeaseIfNeedBe() throws Exception {
    schema.with("003_c.sql", "CREATE TABLE c ();").applied(3);
    schema.server.always("CREATE TABLE b", WRONG);

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.message("'failed'")).contains(OPENING, ", 8, NULL, 'TG001')");
    assertThat(schema.history.get(2L)).contains("failed");
  }

  /** Fails at a position of the message that takes the lease. */
  private void failAt(int fromTheEndOfTheOpening) {
    schema.server.once(
        "CREATE TABLE b", // behind the opening, which is committed
        new Failure("42883", "no such function", positionAt(fromTheEndOfTheOpening)));
  }

  private int positionAt(int fromTheEnd) {
    String opening = schema.context().leases().opening(ACME, 7);
    return fromTheEnd > 1 ? 1 : opening.length() + fromTheEnd;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 0})
  void errorOfTheOpeningHasTheSchemaLookedAtAnew(int fromTheEnd) throws Exception {
    failAt(fromTheEnd);

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(ASKED_FOR)).hasSize(1);
    assertThat(schema.told)
        .containsExactly("started [2, 3]", "started [2, 3]", "finished Migrated");
    assertThat(schema.history.keySet()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void errorBehindTheOpeningIsNotTheOpenings() throws Exception {
    failAt(1);

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(ASKED_FOR)).isEmpty();
  }

  @Test
  void errorNearTheBeginningOfALongFileIsTheMigrations() throws Exception {
    String comment = "\n-- " + "x".repeat(300_000) + "\n";
    schema.with("002_b.sql", "CREATE TABLE b (" + comment + ");").applied(3);
    schema.server.row(HELD, "1");
    schema.server.always("CREATE TABLE b", new Failure("42601", "syntax error", 17));

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) goAhead();

    assertThat(failed.sqlState()).isEqualTo("42601");
    assertThat(failed.error()).contains("002_b.sql:1: syntax error");
    assertThat(schema.told).containsExactly("started [2]", "finished Failed");
    assertThat(schema.server.sent(ASKED_FOR)).isEmpty();
  }

  @Test
  void leaseThatWasNotTakenIsNotGivenBack() throws Exception {
    schema.server.fail("take_lease('", "TG002", "the lease isn't as it was");
    schema.holder = "somebody";

    assertThat(goAhead()).isEqualTo(new SchemaOutcome.Busy(ACME, "somebody"));

    schema.close();
    assertThat(schema.server.sent(RELEASE)).isEmpty();
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(1);
  }

  @Test
  void transactionOfAnOpeningThatFailedIsEndedFirst() throws Exception {
    schema.server.fail("take_lease('", "TG002", "the lease isn't as it was");

    assertThat(goAhead()).isInstanceOf(SchemaOutcome.Migrated.class);

    List<String> sent = schema.server.sent();
    assertThat(sent.get(sent.indexOf(schema.message(OPENING)) + 1)).isEqualTo("ROLLBACK");
  }

  @Test
  void whatIsAppliedAheadIsTheOutcome() throws Exception {
    SchemaOutcome outcome = goAhead();

    assertThat(((SchemaOutcome.Migrated) outcome).applied())
        .containsExactly(new Version(2), new Version(3));
    assertThat(schema.committed).isEmpty(); // nobody has read the history itself
    assertThat(schema.server.sent(RELEASE)).isEmpty();
  }
}
