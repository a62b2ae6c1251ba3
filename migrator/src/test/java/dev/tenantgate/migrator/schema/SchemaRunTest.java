package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static dev.tenantgate.migrator.schema.ScriptedSchema.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Hang;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@link SchemaRun}: the tries ({@link RunTries}) that its {@link RunThreads} take by each {@link
 * AttemptResult}, pauses, and outcomes. The {@link SchemaRequest} says what the run is for.
 */
class SchemaRunTest {

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_a.sql", "CREATE TABLE a (id int);").with("002_b.sql", "CREATE TABLE b ();");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private static final Failure DEADLOCK = new Failure("40P01", "deadlock detected", 0);

  @Test
  void deadlockIsTriedAgainAndToldOf() throws Exception {
    schema.applied(1).server.once("CREATE TABLE b", DEADLOCK);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told)
        .containsExactly("started [2]", "retrying 1 40P01", "started [2]", "finished Migrated");
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(2);
  }

  @Test
  void deadlocksEndTheRunAfterTheLastTry() throws Exception {
    schema.applied(1).server.always("CREATE TABLE b", DEADLOCK);

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("40P01");
    assertThat(failed.error()).contains("deadlock detected", "002");
    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(schema.tries);
    assertThat(schema.history.get(2L)).contains("failed");
    assertThat(schema.told).endsWith("started [2]", "finished Failed").contains("retrying 2 40P01");
  }

  @Test
  void deadlockOutsideOfAMigrationEndsAfterTheLastTryAsWell() throws Exception {
    schema.server.always("INSERT INTO tenantgate.lease AS l", DEADLOCK);

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("40P01");
    assertThat(failed.migration()).isNull();
    assertThat(schema.told)
        .containsExactly("retrying 1 40P01", "retrying 2 40P01", "finished Failed");
  }

  @Test
  void leaseOfAnotherProcessIsWaitedForUntilItIsFree() throws Exception {
    schema.holder = "somebody";
    schema.leaseWait = Duration.ofSeconds(20);
    AtomicInteger looks = new AtomicInteger();
    schema.server.answer(
        "SELECT holder",
        statement -> {
          schema.holder = looks.incrementAndGet() == 2 ? null : schema.holder;
          return null;
        });

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(looks).hasValue(2);
  }

  @Test
  void leaseOfAnotherProcessEndsTheWaitAsBusy() throws Exception {
    schema.holder = "somebody";

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "somebody"));
    assertThat(schema.server.sent("SELECT holder").size()).isGreaterThan(1);
    assertThat(schema.told).containsExactly("finished Busy");
  }

  @Test
  void lostConnectionIsFollowedByAnotherTryOneByOne() throws Exception {
    schema.server.once("CREATE TABLE b", new Drop());

    SchemaOutcome outcome = schema.migrate();

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.server.sent("CREATE TABLE a")).hasSize(2);
    assertThat(schema.server.sent("CREATE TABLE a").get(1)).doesNotContain("CREATE TABLE b");
    assertThat(schema.told).contains("retrying 1 08006");
    assertThat(((SchemaOutcome.Migrated) outcome).applied())
        .containsExactly(new Version(1), new Version(2));
  }

  @Test
  void serverThatIsAwayEndsALoneRunAtOnce() throws Exception {
    schema.context();
    schema.server.refuse(true);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Unreachable.class);
    assertThat(schema.told).containsExactly("finished Unreachable");
  }

  @Test
  void serverThatIsAwayIsWaitedForByAFleetsSchema() throws Exception {
    schema.pause = Duration.ofMillis(300);
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    schema.with("003_c.sql", "CREATE TABLE c ();");
    schema.server.refuse(true);
    AtomicInteger pauses = new AtomicInteger();
    SchemaRun run =
        schema.ofFleet(schema.files.changelog(), ObservedHistory.NONE, pauses::incrementAndGet);
    run.start();
    await().until(() -> schema.told.stream().anyMatch(word -> word.startsWith("retrying")));
    schema.server.refuse(false);

    assertThat(run.result().get(15, TimeUnit.SECONDS)).isInstanceOf(SchemaOutcome.Migrated.class);
    await().untilAsserted(() -> assertThat(pauses).hasValue(1)); // told behind the result
  }

  @Test
  void cancelledRunIsEndedAtTheServer() throws Exception {
    schema.server.once("CREATE TABLE a", new Hang());
    SchemaRun run = schema.run();
    run.start();
    await().until(() -> !schema.server.sent("CREATE TABLE a").isEmpty());

    run.cancel();

    assertThat(run.result().get(10, TimeUnit.SECONDS)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertThat(schema.history).isEmpty();
  }

  @Test
  void runThatIsCancelledBeforeItsTurnSendsNothing() throws Exception {
    SchemaRun run = schema.run();
    run.cancel();

    assertThat(outcome(run)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertThat(schema.server.sent()).isEmpty();
  }

  @Test
  void runThatIsCancelledBetweenTriesEndsAtOnce() throws Exception {
    schema.holder = "somebody";
    SchemaRun run = schema.run();
    run.start();
    await().until(() -> !schema.server.sent("SELECT holder").isEmpty());
    run.cancel();

    assertThat(run.result().get(10, TimeUnit.SECONDS)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void closedMigratorCancelsTheRun() throws Exception {
    schema.context().workers().shutdownNow();

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void closedClockCancelsARunThatWouldWait() throws Exception {
    schema.holder = "somebody";
    schema.context().clock().shutdownNow();

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void migrationOfItsOwnPhaseFollowsTheOthers() throws Exception {
    schema.with("002_b.sql", "CREATE INDEX CONCURRENTLY i ON a (id);");
    AtomicInteger pauses = new AtomicInteger();

    SchemaRun run =
        schema.ofFleet(schema.files.changelog(), ObservedHistory.NONE, pauses::incrementAndGet);
    SchemaOutcome outcome = outcome(run);

    assertThat(((SchemaOutcome.Migrated) outcome).applied())
        .containsExactly(new Version(1), new Version(2));
    assertThat(schema.told).containsExactly("started [1, 2]", "started [2]", "finished Migrated");
    assertThat(run.isInOwnPhase()).isTrue();
    assertThat(pauses).hasValue(1);
    assertThat(schema.history.get(2L)).contains("success");
  }

  @Test
  void changeIsAnnouncedAndNothingToDoIsNot() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    await().until(() -> !schema.server.sent("pg_notify").isEmpty());
    schema.server.forgetSent();

    assertThat(schema.migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    assertThat(schema.server.sent("pg_notify")).isEmpty();
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease")).isEmpty();
  }

  @Test
  void unexpectedErrorFailsTheRun() throws Exception {
    SchemaRun run =
        SchemaRun.alone(
            schema.context(),
            schema.files.changelog(),
            ACME,
            new Goal.Up(new Target.Latest()),
            new MigrationListener() {
              @Override
              public void started(
                  dev.tenantgate.migrator.SchemaRef of,
                  java.util.List<dev.tenantgate.migrator.changelog.Migration> pending) {
                throw new IllegalStateException("a listener's own");
              }
            });
    assertThat(outcome(run)).isInstanceOf(SchemaOutcome.Migrated.class);

    schema.with("003_c.sql", "CREATE TABLE c ();");
    schema.server.answer(
        "CREATE TABLE c",
        statement -> {
          throw new IllegalStateException("the server's thread ends");
        });
    assertThat(schema.migrate().succeeded()).isFalse();
  }

  @Test
  void goalDownTakesMigrationsBack() throws Exception {
    schema
        .with("001_a.sql", "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;")
        .with("002_b.sql", "-- UP MIGRATION\nCREATE TABLE b ();\n-- DOWN MIGRATION\nDROP TABLE b;")
        .applied(1, 2);

    SchemaOutcome outcome = outcome(schema.run(new Goal.Down(null)));

    assertThat(outcome).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(((SchemaOutcome.RolledBack) outcome).versions())
        .containsExactly(new Version(2), new Version(1));
    assertThat(schema.history).isEmpty();
    assertThat(schema.message("DROP TABLE b")).contains("DROP TABLE a");
    assertThat(schema.run(new Goal.Down(null)).request().isUp()).isFalse();
    assertThat(schema.run().request().isUp()).isTrue();
  }

  @Test
  void goalBaselineRunsNothing() throws Exception {
    schema.tableThere = false;

    SchemaOutcome outcome = outcome(schema.run(new Goal.Baseline(new Version(2))));

    assertThat(outcome).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(((SchemaOutcome.Recorded) outcome).change().label()).isEqualTo("recorded");
    assertThat(schema.server.sent("CREATE TABLE b")).isEmpty();
    assertThat(schema.history.keySet()).containsExactly(1L, 2L);
  }
}
