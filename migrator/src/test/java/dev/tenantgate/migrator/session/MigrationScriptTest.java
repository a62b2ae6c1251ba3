package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.Trailer;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.schema.ScriptedSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The transaction that a schema's migrations travel as, and the places of errors in it. */
class MigrationScriptTest {

  private static final SchemaRef ACME =
      new SchemaRef(SchemaPattern.parse("tenant_{tenant}").schemaOf("acme"), "acme");

  private static final String OWN_PATH = "SET LOCAL search_path = pg_catalog, pg_temp";

  /** Lines that are too many to be copied into a message. */
  private static final String LONG = ("SELECT 1; -- " + "x".repeat(90) + "\n").repeat(3_000);

  @TempDir Path folder;
  private ScriptedSchema scripted;

  @BeforeEach
  void open() {
    scripted = new ScriptedSchema(folder);
  }

  @AfterEach
  void close() {
    scripted.close();
  }

  private MigrationScript script() {
    return scripted.context().sessions().script(ACME);
  }

  private MigrationScript withAll() {
    MigrationScript script = script();
    for (Migration migration : scripted.files.changelog().of(ACME)) {
      script.step(new Step.Apply(migration), false);
    }
    return script;
  }

  /** The messages that it is sent as. */
  private List<String> send(MigrationScript script) throws SQLException {
    Sessions sessions = scripted.context().sessions();
    try (Connection connection = sessions.connections().borrow()) {
      scripted.server.forgetSent();
      sessions.session(connection, new RunControl()).send(script);
    }
    return scripted.server.sent();
  }

  private static List<String> lines(String message) {
    return message.lines().map(line -> line.replaceFirst(";$", "")).toList();
  }

  @Test
  void migrationsTravelAsOneMessageEachFollowedByItsRow() throws Exception {
    scripted.with("001_a.sql", "CREATE TABLE a ();").with("002_b.sql", "CREATE TABLE b ();");

    List<String> messages = send(withAll().commit());

    assertThat(messages).hasSize(1);
    assertThat(lines(messages.get(0)))
        .startsWith("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        .endsWith("COMMIT")
        .containsSubsequence("SET LOCAL search_path = \"tenant_acme\"", "CREATE TABLE a ()")
        .containsSubsequence("CREATE TABLE a ()", OWN_PATH, "CREATE TABLE b ()", OWN_PATH);
    assertThat(messages.get(0))
        .containsSubsequence(
            "CREATE TABLE a", "'a'", "tenantgate.journal", "CREATE TABLE b", "'b'", "COMMIT");
  }

  @Test
  void rehearsalEndsWithoutARowAndIsUndone() throws Exception {
    scripted.with("001_a.sql", "CREATE TABLE a ();");
    Step step = new Step.Apply(scripted.files.changelog().of(ACME).get(0));

    String message = send(script().rehearse(step).rollback()).get(0);

    assertThat(message).contains("CREATE TABLE a").doesNotContain("INSERT INTO", "COMMIT;");
    assertThat(lines(message)).endsWith("ROLLBACK");
  }

  @Test
  void timeoutsOfAFileHoldForItAlone() throws Exception {
    scripted
        .with(
            "001_a.sql", "-- tenantgate: lock-timeout=3s statement-timeout=7s\nCREATE TABLE a ();")
        .with("002_b.sql", "CREATE TABLE b ();");

    List<String> lines = lines(send(withAll().commit()).get(0));

    int a = lines.indexOf("CREATE TABLE a ()");
    assertThat(lines.subList(0, a))
        .containsSubsequence(
            "SET LOCAL lock_timeout TO 3000", "SET LOCAL statement_timeout TO 7000");
    assertThat(lines.subList(a, lines.indexOf("CREATE TABLE b ()")))
        .anyMatch(line -> line.startsWith("SET LOCAL lock_timeout TO "))
        .noneMatch(line -> line.endsWith(" 3000") || line.endsWith(" 7000"));
  }

  @Test
  void laterMigrationsShareTheLockTimeoutOfTheFirst() throws Exception {
    scripted.with("001_a.sql", "CREATE TABLE a ();").with("002_b.sql", "CREATE TABLE b ();");

    MigrationScript script = script().sharingLockTimeout();
    scripted.files.changelog().of(ACME).forEach(each -> script.step(new Step.Apply(each), false));
    String message = send(script.commit()).get(0);

    String rest = "set_config('lock_timeout'";
    assertThat(message).containsOnlyOnce(rest).containsSubsequence("TABLE a", rest, "TABLE b");
  }

  @Test
  void migrationThatChangesItsSessionIsFollowedByWhatRestoresIt() throws Exception {
    scripted.with("001_a.sql", "SET ROLE somebody;").with("002_b.sql", "CREATE TABLE b ();");

    String message = send(withAll().commit()).get(0);

    assertThat(message)
        .containsSubsequence(
            "DISCARD SEQUENCES", "SET ROLE somebody", "RESET ROLE", OWN_PATH, "TABLE b");
  }

  @Test
  void errorIsFoundInItsMigrationAndLine() throws Exception {
    scripted
        .with("001_a.sql", "CREATE TABLE a ();")
        .with("002_ü.sql", "SELECT '😀';\n\nCREATE TABLE b ();");
    MigrationScript script = withAll().commit();
    String message = send(script).get(0);
    Migration second = scripted.files.changelog().of(ACME).get(1);

    assertThat(second.version()).isEqualTo(new Version(2));
    assertThat(script.placeOf(at(message, "CREATE TABLE b")))
        .isEqualTo(new MigrationScript.Place(second.up(), 3));
    assertThat(script.placeOf(at(message, "BEGIN"))).isNull();
    assertThat(script.placeOf(at(message, "COMMIT;"))).isNull();
    assertThat(script.placeOf(failure(0))).isNull();
    assertThat(script.placeOf(failure(message.length() + 1))).isNull();
  }

  private static SqlFailure at(String message, String part) {
    return failure(message.codePointCount(0, message.lastIndexOf(part)) + 1);
  }

  private static SqlFailure failure(int position) {
    return new SqlFailure(SqlFailure.Kind.CANCELLED, "42601", position, "wrong");
  }

  @Test
  void veryLongMigrationIsSentFromWhereItStands() throws Exception {
    scripted
        .with("001_a.sql", "CREATE TABLE a ();")
        .with("002_b.sql", LONG + "CREATE TABLE b ();")
        .with("003_c.sql", "CREATE TABLE c ();");
    MigrationScript script = withAll().commit();

    List<String> messages = send(script);

    assertThat(messages.get(0)).contains("CREATE TABLE a").doesNotContain("CREATE TABLE b");
    assertThat(messages.get(messages.size() - 1))
        .contains("CREATE TABLE c", "COMMIT")
        .doesNotContain("CREATE TABLE b");
    assertThat(String.join("", messages)).contains("CREATE TABLE b");
  }

  @Test
  void errorInAVeryLongMigrationIsFoundByItsLine() throws Exception {
    scripted.with("001_a.sql", LONG + "CREATE TABLE b ();");
    scripted.server.fail("CREATE TABLE b", "42601", "wrong");
    MigrationScript script = withAll().commit();

    assertThatThrownBy(() -> send(script)).hasMessageContaining("wrong");

    Migration migration = scripted.files.changelog().of(ACME).get(0);
    assertThat(script.placeOf(failure(LONG.length() + 1)))
        .isEqualTo(new MigrationScript.Place(migration.up(), 3_001));
    assertThat(script.placeOf(failure(1))).isEqualTo(new MigrationScript.Place(migration.up(), 1));
    assertThat(script.placeOf(failure(0))).isEqualTo(new MigrationScript.Place(migration.up(), 0));
  }

  @Test
  void scriptMayStandBehindAnotherTransaction() throws Exception {
    assertThat(send(script().openedBy("BEGIN; SELECT 1; COMMIT;\n").commit()).get(0))
        .startsWith("BEGIN; SELECT 1; COMMIT;\nBEGIN ISOLATION");
  }

  @Test
  void errorIsToldFromThoseOfTheTransactionInFront() throws Exception {
    String opening = "BEGIN; SELECT 1; COMMIT;\n";
    MigrationScript script = script().openedBy(opening).commit();
    assertThat(script.isOpeningAt(failure(1))).isFalse(); // nothing is sent yet
    send(script);

    assertThat(script.isOpeningAt(failure(0))).isFalse();
    assertThat(script.isOpeningAt(failure(1))).isTrue();
    assertThat(script.isOpeningAt(failure(opening.length()))).isTrue();
    assertThat(script.isOpeningAt(failure(opening.length() + 1))).isFalse();
  }

  @Test
  void errorOfAMessageOfItsOwnIsNotOfTheTransactionInFront() throws Exception {
    scripted.with("001_a.sql", LONG + "CREATE TABLE b ();");
    scripted.server.fail("CREATE TABLE b", "42601", "wrong");
    Step step = new Step.Apply(scripted.files.changelog().of(ACME).get(0));
    MigrationScript script = script().openedBy("BEGIN; SELECT 1; COMMIT;\n").step(step, false);

    assertThatThrownBy(() -> send(script)).hasMessageContaining("wrong");

    assertThat(script.isOpeningAt(failure(1))).isFalse();
  }

  @Test
  void transactionBeginsWithItsOwnTimeoutsAndPath() throws Exception {
    assertThat(lines(send(script().commit()).get(0)))
        .startsWith(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            "SET LOCAL lock_timeout TO 500",
            "SET LOCAL statement_timeout TO DEFAULT",
            OWN_PATH);
  }

  @Test
  void rehearsalOfWhatKeepsNobodyWaitingTakesNoLongerThanALock() throws Exception {
    scripted
        .with("001_a.sql", "CREATE INDEX CONCURRENTLY i ON a (id);")
        .with("002_b.sql", "CREATE TABLE b ();");
    List<Migration> migrations = scripted.files.changelog().of(ACME);

    List<String> lines =
        lines(
            send(script()
                    .rehearse(new Step.Apply(migrations.get(0)))
                    .rehearse(new Step.Apply(migrations.get(1)))
                    .rollback())
                .get(0));

    String limited = "SET LOCAL statement_timeout TO 500";
    assertThat(lines).containsOnlyOnce(limited);
    assertThat(lines)
        .containsSubsequence(
            limited, "SET LOCAL statement_timeout TO DEFAULT", "CREATE TABLE b ()");
  }

  @Test
  void statementsOfNoStepLeaveNoRow() throws Exception {
    scripted.with("001_a.sql", "CREATE TABLE a ();");

    String message =
        send(script().statements(scripted.files.changelog().of(ACME).get(0).up()).commit()).get(0);

    assertThat(message).contains("CREATE TABLE a ()").doesNotContain("INSERT INTO");
  }

  @Test
  void stepWithoutStatementsIsRecordedWithoutATime() throws Exception {
    scripted.with("001_a.sql", "CREATE TABLE a ();");
    Migration migration = scripted.files.changelog().of(ACME).get(0);

    String message = send(script().step(new Step.Baseline(migration), false).commit()).get(0);

    assertThat(message)
        .contains("tenantgate.journal")
        .doesNotContain("CREATE TABLE a", "set_config", "clock_timestamp() - ");
  }

  /** A migration's start time goes with the settings by which a session is restored. */
  @Test
  void timeOfAMigrationWhoseSessionIsRestoredCountsFromTheOneBefore() throws Exception {
    scripted
        .with("001_a.sql", "INSERT INTO a VALUES (1);")
        .with("002_b.sql", "INSERT INTO b VALUES (1);")
        .with("003_c.sql", "CREATE TABLE c ();");

    String message = send(withAll().commit()).get(0);

    String began = "transaction_timestamp()";
    String recorded = "(SELECT applied_at FROM \"tenant_acme\".schema_migrations WHERE version = 1";
    String setting = "current_setting('tenantgate.started'";
    assertThat(message)
        .containsSubsequence("INTO a", began, "INTO b", recorded, "TABLE c", setting);
    assertThat(message.substring(message.indexOf("INTO b"))).doesNotContain(began);
    assertThat(message.substring(0, message.indexOf("TABLE c"))).doesNotContain(setting);
  }

  @Test
  void trailerIsSentBehindTheLastMessage() throws Exception {
    scripted.with("001_a.sql", LONG + "CREATE TABLE b ();");
    List<String> told = new ArrayList<>();
    Sessions sessions = scripted.context().sessions();
    try (Connection connection = sessions.connections().borrow()) {
      sessions
          .session(connection, new RunControl())
          .send(
              withAll().commit(),
              new Trailer() {
                @Override
                public String sql() {
                  return "SELECT 'news'";
                }

                @Override
                public void answered() {
                  told.add("answered");
                }

                @Override
                public void failed(SQLException error) {
                  told.add("failed");
                }
              });
    }

    assertThat(scripted.server.sent("SELECT 'news'")).hasSize(1);
    assertThat(scripted.server.sent().get(scripted.server.sent().size() - 1))
        .isEqualTo("SELECT 'news'");
    assertThat(told).containsExactly("answered");
  }
}
