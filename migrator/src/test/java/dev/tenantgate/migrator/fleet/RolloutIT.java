package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.Canary;
import dev.tenantgate.config.Portion;
import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.config.RolloutSettings.AfterWave;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.RecordedRun.State;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs over many tenants that stop, go in stages, and are gone on with. */
@Timeout(60)
class RolloutIT {

  private static final FleetScope ALL = new FleetScope.All();
  private static final Goal UP = new Goal.Up(new Target.Latest());

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder).with("00001_marks.sql", "CREATE TABLE marks (n int);");
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute(
        "DO $$ BEGIN FOR i IN 10..29 LOOP EXECUTE format('CREATE SCHEMA tenant_t%s', i); END LOOP;"
            + " END $$");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  /** Lets the migration of these tenants fail. */
  private void breakTenants(int... numbers) {
    for (int number : numbers) {
      database.execute("CREATE VIEW tenant_t%d.marks AS SELECT 1".formatted(number));
    }
  }

  private void mend(int number) {
    database.execute("DROP VIEW tenant_t%d.marks".formatted(number));
  }

  private FleetRequest request(RolloutSettings rollout) {
    Changelog changelog = files.changelog().withUnmanaged(UnmanagedPolicy.MIGRATE);
    return new FleetRequest(changelog, ALL, UP).withRollout(rollout);
  }

  private FleetOutcome run(FleetRequest request) throws SQLException {
    return migrator.runs().runAll(request, FleetListener.NONE);
  }

  private int migrated() {
    return database.column("SELECT 1 FROM pg_tables WHERE tablename = 'marks'").size();
  }

  private static RolloutSettings canary(String... tenants) {
    return RolloutSettings.STANDARD.canary(new Canary(List.of(tenants), 0));
  }

  private static RolloutSettings wave(int size, AfterWave after) {
    return RolloutSettings.STANDARD.wave(Portion.of(size), Duration.ZERO, after);
  }

  @Test
  void noneIsBegunOnceSoManyHaveFailed() throws SQLException {
    breakTenants(10, 11, 25);

    FleetOutcome outcome = run(request(RolloutSettings.STANDARD.stopAfter(Portion.of(2))));

    assertThat(outcome.stop()).isEqualTo(FleetStop.TOO_MANY_FAILURES);
    assertThat(outcome.failures()).hasSize(2);
    assertThat(outcome.skipped()).isNotEmpty();
    assertThat(outcome.outcomes().size() + outcome.skipped().size()).isEqualTo(21);
    assertThat(migrated()).isEqualTo(20 - 2 - outcome.skipped().size());
  }

  @Test
  void aShareIsOfThoseThatLackSomething() throws SQLException {
    breakTenants(10, 11);

    FleetOutcome stopped = run(request(RolloutSettings.STANDARD.stopAfter(Portion.percent(5))));
    FleetOutcome whole = run(request(RolloutSettings.STANDARD.stopAfter(Portion.percent(50))));

    assertThat(stopped.stop()).isEqualTo(FleetStop.TOO_MANY_FAILURES);
    assertThat(whole.stop()).isNull();
    assertThat(migrated()).isEqualTo(18);
  }

  @Test
  void othersBeginOnceAllCanariesHaveSucceeded() throws SQLException {
    breakTenants(28);
    List<String> stages = Collections.synchronizedList(new ArrayList<>());

    FleetOutcome outcome = run(request(canary("t29", "t28")));

    assertThat(outcome.stop()).isEqualTo(FleetStop.CANARY_FAILED);
    assertThat(outcome.skipped()).hasSize(18);
    assertThat(migrated()).isEqualTo(1);

    mend(28);
    FleetOutcome again =
        migrator
            .runs()
            .runAll(
                request(canary("t29", "t28")),
                new FleetListener() {
                  @Override
                  public void stageStarted(FleetStage stage) {
                    stages.add(stage + " " + stage.schemas().size());
                  }
                });

    assertThat(again.succeeded()).isTrue();
    assertThat(stages).containsExactly("canary 1", "wave 1 of 1 18");
  }

  @Test
  void canariesThatAreCountedDoNotMoveOnToOthersAfterTheyFailed() throws SQLException {
    breakTenants(10);
    RolloutSettings one = RolloutSettings.STANDARD.canary(new Canary(List.of(), 1));

    run(request(one));
    FleetOutcome untried = run(request(one).withoutFailed());

    assertThat(untried.stop()).isEqualTo(FleetStop.CANARY_FAILED);
    assertThat(untried.failures()).hasSize(1);
    assertThat(migrated()).isZero();
  }

  @Test
  void aCanaryThatIsNotThereEndsARunBeforeItBegins() {
    assertThatThrownBy(() -> run(request(canary("nobody"))))
        .isInstanceOf(RunRefusedException.class)
        .hasMessageContaining("nobody");
    assertThat(migrated()).isZero();
  }

  @Test
  void wavesEndBeforeTheNextBegin() throws SQLException {
    List<Integer> migratedBefore = Collections.synchronizedList(new ArrayList<>());

    FleetOutcome outcome =
        migrator
            .runs()
            .runAll(
                request(wave(8, AfterWave.GO_ON)),
                new FleetListener() {
                  @Override
                  public void stageStarted(FleetStage stage) {
                    migratedBefore.add(migrated());
                  }
                });

    assertThat(outcome.succeeded()).isTrue();
    assertThat(migratedBefore).containsExactly(0, 8, 16);
  }

  @Test
  void aRunThatStopsBetweenWavesIsGoneOnWith() throws SQLException {
    FleetRequest request = request(wave(8, AfterWave.STOP));

    FleetOutcome first = run(request);
    RecordedRun between = migrator.runs().recorded().get(0);
    FleetOutcome second = run(request.withResumption(Resumption.UNCHANGED));
    FleetOutcome third = run(request.withResumption(Resumption.UNCHANGED));

    assertThat(first.stop()).isEqualTo(FleetStop.WAVE_ENDED);
    assertThat(between.isUnfinished()).isTrue();
    assertThat(between.done()).isEqualTo(8);
    assertThat(between.left()).isEqualTo(12);
    assertThat(second.skipped()).hasSize(4);
    assertThat(third.succeeded()).isTrue();
    assertThat(List.of(first, second, third)).extracting(FleetOutcome::run).containsOnly(1L);
    assertThat(migrator.runs().recorded())
        .singleElement()
        .returns(State.SUCCEEDED, RecordedRun::state);
    assertThat(migrated()).isEqualTo(20);
  }

  @Test
  void whatFailedIsNotTriedAgainByARunThatIsGoneOnWith() throws SQLException {
    breakTenants(10, 11);
    FleetRequest request = request(RolloutSettings.STANDARD.stopAfter(Portion.of(2)));
    run(request);
    mend(10);

    FleetOutcome rest = run(request.withResumption(Resumption.UNCHANGED));
    FleetOutcome anew = run(request);

    assertThat(rest.stop()).isNull();
    assertThat(rest.failures())
        .extracting(outcome -> outcome.schema().schema())
        .containsExactlyInAnyOrder("tenant_t10", "tenant_t11");
    assertThat(rest.outcomes()).hasSize(20);
    assertThat(anew.failures()).hasSize(1);
    assertThat(migrated()).isEqualTo(19);
    assertThat(
            database.value(
                "SELECT count(*) FROM tenantgate.journal WHERE schema_name = 'tenant_t10'"
                    + " AND error_message IS NOT NULL"))
        .isEqualTo("1");
  }

  @Test
  void canariesAreTriedAgainByARunThatIsGoneOnWith() throws SQLException {
    breakTenants(29);
    run(request(canary("t29")));
    mend(29);

    FleetOutcome rest = run(request(canary("t29")).withResumption(Resumption.UNCHANGED));

    assertThat(rest.succeeded()).isTrue();
    assertThat(migrated()).isEqualTo(20);
  }

  @Test
  void aRunBegunAnewTakesThePlaceOfAnUnfinishedOne() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    List<Long> replaced = new ArrayList<>();

    migrator
        .runs()
        .runAll(
            request(RolloutSettings.STANDARD),
            new FleetListener() {
              @Override
              public void fleetPlanned(PlannedFleet plan) {
                replaced.addAll(plan.replaces());
              }
            });

    assertThat(replaced).containsExactly(1L);
    assertThat(migrator.runs().recorded())
        .extracting(RecordedRun::state)
        .containsExactly(State.SUCCEEDED, State.REPLACED);
  }

  @Test
  void runThatWasKilledAMomentAgoIsReplacedOnceItsSuccessorHasEnded() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    // As a process leaves it that is killed: running, for as long as nobody extends it.
    database.execute(
        "UPDATE tenantgate.run SET state = 'running', ended_at = NULL,"
            + " expires_at = now() + interval '1 hour' WHERE id = 1");

    run(request(RolloutSettings.STANDARD));
    assertThat(states()).containsExactly(State.SUCCEEDED, State.RUNNING);
    database.execute("UPDATE tenantgate.run SET expires_at = now() WHERE id = 1");
    assertThat(states()).containsExactly(State.SUCCEEDED, State.REPLACED);
  }

  @Test
  void runThatExpiresWhileItsSuccessorIsUnderWayIsReplacedByItsEnd() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    database.execute(
        "UPDATE tenantgate.run SET state = 'running', ended_at = NULL,"
            + " expires_at = now() + interval '1 hour' WHERE id = 1");

    migrator
        .runs()
        .runAll(
            request(RolloutSettings.STANDARD),
            new FleetListener() {
              @Override
              public void stageStarted(FleetStage stage) {
                database.execute("UPDATE tenantgate.run SET expires_at = now() WHERE id = 1");
              }
            });

    assertThat(database.value("SELECT state FROM tenantgate.run WHERE id = 1"))
        .isEqualTo("replaced");
    assertThat(states()).containsExactly(State.SUCCEEDED, State.REPLACED);
  }

  @Test
  void runOfAnotherGoalStaysInterrupted() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    database.execute(
        "UPDATE tenantgate.run SET state = 'running', ended_at = NULL, goal = 'another',"
            + " expires_at = now() WHERE id = 1");

    run(request(RolloutSettings.STANDARD));

    assertThat(states()).containsExactly(State.SUCCEEDED, State.INTERRUPTED);
  }

  private List<State> states() throws SQLException {
    return migrator.runs().recorded().stream().map(RecordedRun::state).toList();
  }

  @Test
  void aRunWhoseMigrationsWereChangedIsGoneOnWithOnlyIfTold() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    files.with("00002_more.sql", "CREATE TABLE more ();");
    FleetRequest request = request(RolloutSettings.STANDARD);

    assertThatThrownBy(() -> run(request.withResumption(Resumption.UNCHANGED)))
        .isInstanceOf(RunRefusedException.class)
        .hasMessageContaining("migrations were changed since run 1");
    FleetOutcome told = run(request.withResumption(Resumption.CHANGED));

    assertThat(told.succeeded()).isTrue();
    assertThat(migrated()).isEqualTo(20);
  }

  @Test
  void aRunThatAnotherProcessHasIsNotTakenFromIt() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    database.execute(
        "UPDATE tenantgate.run SET state = 'running', holder = 'elsewhere:1:abcd',"
            + " expires_at = now() + interval '1 hour'");
    FleetRequest request = request(RolloutSettings.STANDARD).withResumption(Resumption.UNCHANGED);

    assertThatThrownBy(() -> run(request))
        .isInstanceOf(RunRefusedException.class)
        .hasMessageContaining("going on in elsewhere:1:abcd");

    database.execute("UPDATE tenantgate.run SET expires_at = now()");
    assertThat(migrator.runs().recorded().get(0).state()).isEqualTo(State.INTERRUPTED);
    assertThat(run(request).succeeded()).isTrue();
  }

  @Test
  void whatIsGoneSinceIsLeftOut() throws SQLException {
    run(request(wave(8, AfterWave.STOP)));
    database.execute("DROP SCHEMA tenant_t29");

    FleetOutcome rest = run(request(RolloutSettings.STANDARD).withResumption(Resumption.UNCHANGED));

    assertThat(rest.succeeded()).isTrue();
    assertThat(migrator.runs().recorded().get(0).left()).isZero();
  }

  @Test
  void nothingToDoIsReadAndNothingElse() throws SQLException {
    Changelog changelog = files.changelog();
    run(new FleetRequest(changelog, ALL, UP));
    String before = "SELECT sum(token) FROM tenantgate.lease";
    String tokens = database.value(before);

    FleetOutcome again = run(new FleetRequest(changelog, ALL, UP));

    assertThat(again.succeeded()).isTrue();
    assertThat(again.run()).isNull();
    assertThat(database.value(before)).isEqualTo(tokens);
    assertThat(migrator.runs().recorded()).hasSize(1);
  }

  @Test
  void onTheWayBackPublicStaysIfATenantFails() throws SQLException {
    files
        .with(
            "public/00002_shared.sql",
            "CREATE TABLE shared ();\n-- DOWN MIGRATION\nDROP TABLE shared;")
        .with("00001_marks.sql", "CREATE TABLE marks ();\n-- DOWN MIGRATION\nDROP TABLE marks;");
    run(new FleetRequest(files.changelog(), ALL, UP));
    database.execute("ALTER TABLE tenant_t10.marks RENAME TO others");

    FleetOutcome down = run(new FleetRequest(files.changelog(), ALL, new Goal.Down(null)));

    assertThat(down.stop()).isEqualTo(FleetStop.TENANT_FAILED);
    assertThat(down.skipped()).extracting(Object::toString).containsExactly("public");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'shared'")).hasSize(1);
  }
}
