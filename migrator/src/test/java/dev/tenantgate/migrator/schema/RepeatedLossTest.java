package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@link RepeatedLoss}, by what the process ({@link SchemaContext#losses}), the journal and the
 * server's time of start say of a migration whose connection was lost.
 */
class RepeatedLossTest {

  private static final SqlFailure LOST =
      new SqlFailure(SqlFailure.Kind.CONNECTION, "57P02", 0, "the server crashed");
  private static final SqlFailure TOO_SLOW =
      new SqlFailure(SqlFailure.Kind.SESSION_TIMEOUT, "25P04", 0, "transaction timeout");

  /** How long before the decision the try began whose connection was lost. */
  private static final Duration AGO = Duration.ofMinutes(1);

  private static final String NOTED = "INSERT INTO tenantgate.journal";

  @TempDir Path folder;
  private ScriptedSchema schema;
  private Step one;
  private Step two;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_a.sql", "CREATE TABLE a ();").with("002_b.sql", "CREATE TABLE b ();");
    read();
    serverStarted(AGO.multipliedBy(60));
    journalKnows(1);
  }

  private void read() {
    List<Migration> migrations = schema.files.changelog().of(ACME);
    one = new Step.Apply(migrations.get(0));
    two = new Step.Apply(migrations.get(1));
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private void serverStarted(Duration ago) {
    schema.server.row("pg_postmaster_start_time", Long.toString(ago.toMillis()));
  }

  private void journalKnows(int losses) {
    schema.server.row("pg_catalog.count(*) FROM tenantgate.journal", Integer.toString(losses));
  }

  private LostMigrations losses() {
    return schema.context().losses();
  }

  private void lost(SqlFailure failure, int times, Step... sent) {
    for (int i = 0; i < times; i++) {
      losses().note(ACME, List.of(sent), 0, failure, System.nanoTime() - AGO.toNanos());
    }
  }

  private LostMigrations.Loss loss() {
    return Objects.requireNonNull(losses().of(ACME));
  }

  /** Decides, with both migrations pending. */
  private @Nullable AttemptResult settle() throws SQLException {
    SchemaContext context = schema.context();
    SchemaRun run = schema.run();
    SchemaHistory history = SchemaHistory.noTable(ACME);
    try (Connection connection = context.connections().borrow()) {
      LeasedSchema leased =
          new LeasedSchema(
              context,
              run,
              context.sessions().session(connection, run.control()),
              new ArrayList<>(),
              context.sessions().strategy(connection),
              new SchemaProgress(history),
              7,
              null,
              history,
              false);
      schema.server.forgetSent();
      return new RepeatedLoss(leased).settle(List.of(one, two));
    }
  }

  private SchemaOutcome.Failed failed() throws SQLException {
    AttemptResult result = Objects.requireNonNull(settle());
    return (SchemaOutcome.Failed) ((AttemptResult.Ended) result).outcome();
  }

  @Test
  void schemaWithoutALossAsksNothing() throws Exception {
    assertThat(settle()).isNull();
    assertThat(schema.server.sent()).isEmpty();
  }

  @Test
  void lossOfSeveralIsNobodysYet() throws Exception {
    lost(LOST, 5, one, two);

    assertThat(settle()).isNull();
    assertThat(schema.server.sent()).isEmpty();
    assertThat(loss().count()).isEqualTo(5);
  }

  @Test
  void lossOfAMigrationThatIsDoneIsForgotten() throws Exception {
    schema.with("003_c.sql", "CREATE TABLE c ();");
    lost(LOST, 3, new Step.Apply(schema.files.changelog().of(ACME).get(2)));

    assertThat(settle()).isNull();
    assertThat(losses().of(ACME)).isNull();
    assertThat(schema.server.sent()).isEmpty();
  }

  @Test
  void timeoutOfTheSessionIsTheMigrationsFailureAtOnce() throws Exception {
    lost(TOO_SLOW, 1, two);

    SchemaOutcome.Failed failed = failed();

    assertThat(failed.error()).contains("migration 2 (b)").endsWith("transaction timeout");
    assertThat(failed.sqlState()).isEqualTo("25P04");
    assertThat(Objects.requireNonNull(failed.migration()).version()).isEqualTo(new Version(2));
    assertThat(losses().of(ACME)).isNull();
    assertThat(schema.history.get(2L)).contains("failed");
    assertThat(schema.server.sent("pg_postmaster_start_time")).isEmpty();
    assertThat(schema.server.sent("connection lost")).isEmpty();
  }

  @Test
  void firstLossIsNotedAndFollowedByAnotherTry() throws Exception {
    lost(LOST, 1, one);

    assertThat(settle()).isNull();
    assertThat(schema.message(NOTED)).contains("'tenant_acme'", "the server crashed");
    assertThat(loss().noted()).isTrue();
    assertThat(loss().count()).isEqualTo(1);
  }

  @Test
  void lossIsNotedOnce() throws Exception {
    lost(LOST, 1, one);
    assertThat(settle()).isNull();

    assertThat(settle()).isNull();

    assertThat(schema.server.sent(NOTED)).isEmpty();
    assertThat(schema.server.sent("pg_postmaster_start_time")).isEmpty();
  }

  @Test
  void secondLossIsFollowedByAnotherTryAsWell() throws Exception {
    lost(LOST, 2, one);
    journalKnows(2);

    assertThat(settle()).isNull();
    assertThat(loss().count()).isEqualTo(2);
  }

  @Test
  void thirdLossIsTheMigrationsFailure() throws Exception {
    lost(LOST, 3, one);

    assertThat(failed().error())
        .contains("migration 1 (a)")
        .endsWith("its connection was lost in each of 3 tries: the server crashed");
    assertThat(losses().of(ACME)).isNull();
    assertThat(schema.history.get(1L)).contains("failed");
  }

  @Test
  void lossesOfOtherProcessesCountAsWell() throws Exception {
    lost(LOST, 1, one);
    journalKnows(4);

    assertThat(failed().error()).contains("in each of 4 tries");
  }

  @Test
  void lossThatARestartExplainsIsNotCounted() throws Exception {
    lost(LOST, 3, one);
    serverStarted(AGO.dividedBy(2));

    assertThat(settle()).isNull();

    assertThat(loss().restarts()).isEqualTo(1);
    assertThat(loss().count()).isEqualTo(2);
    assertThat(schema.server.sent(NOTED)).isEmpty();
  }

  @Test
  void restartIsNotAskedForAgain() throws Exception {
    lost(LOST, 1, one);
    serverStarted(AGO.dividedBy(2));
    assertThat(settle()).isNull();

    assertThat(settle()).isNull();

    assertThat(schema.server.sent()).isEmpty();
    assertThat(loss().count()).isZero();
  }

  @Test
  void restartsExplainNoMoreThanTenLosses() throws Exception {
    serverStarted(AGO.dividedBy(2));
    for (int i = 0; i < LostMigrations.MAX_RESTARTS; i++) {
      lost(LOST, 1, one);
      assertThat(settle()).isNull();
    }
    assertThat(loss().restarts()).isEqualTo(LostMigrations.MAX_RESTARTS);
    assertThat(schema.server.sent("pg_postmaster_start_time")).hasSize(1);
    lost(LOST, 1, one);

    assertThat(settle()).isNull();

    assertThat(schema.server.sent("pg_postmaster_start_time")).isEmpty();
    assertThat(schema.server.sent(NOTED)).hasSize(1);
  }

  @Test
  void migrationOutsideOfATransactionKeepsHowFarItCame() throws Exception {
    schema.with("002_b.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");
    read();
    lost(LOST, 3, two);

    assertThat(failed().error()).contains("its connection was lost in each of 3 tries");
    assertThat(schema.message("'failed', '")).contains("[0 of 1 statements are done");
  }

  @Test
  void migrationInATransactionKeepsItsFailureAlone() throws Exception {
    lost(LOST, 3, two);

    assertThat(failed().error()).contains("its connection was lost");
    assertThat(schema.message("'failed', '")).doesNotContain("statements are done");
  }
}
