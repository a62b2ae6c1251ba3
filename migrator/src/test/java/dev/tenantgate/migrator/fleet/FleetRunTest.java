package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.Canary;
import dev.tenantgate.config.Portion;
import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.config.RolloutSettings.AfterWave;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of a run over many schemas, the reasons to stop it, and its record. */
class FleetRunTest {

  @TempDir Path folder;
  private ScriptedFleet fleet;

  @BeforeEach
  void open() {
    fleet = new ScriptedFleet(folder, "a", "b", "c", "d");
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  private static RolloutSettings waves(Duration pause, AfterWave after) {
    return RolloutSettings.STANDARD.wave(Portion.of(2), pause, after);
  }

  private static List<String> schemas(List<SchemaRef> refs) {
    return refs.stream().map(SchemaRef::schema).toList();
  }

  @Test
  void allHaveTheirTurnAndTheRunIsRecordedAsSucceeded() throws Exception {
    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isNull();
    assertThat(outcome.run()).isEqualTo(7);
    assertThat(outcome.skipped()).isEmpty();
    assertThat(outcome.outcomes())
        .hasSize(4)
        .allMatch(each -> each instanceof SchemaOutcome.Migrated);
    assertThat(fleet.told)
        .containsExactly(
            "started 4",
            "planned 4 in 1 as 7",
            "WAVE tenant_a tenant_b tenant_c tenant_d",
            "1/4",
            "2/4",
            "3/4",
            "4/4");
    assertThat(fleet.recorded()).singleElement().asString().contains("'succeeded'");
  }

  @Test
  void failureOfOneLeavesTheOthersAloneAndIsRecorded() throws Exception {
    fleet.fails("b");

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isNull();
    assertThat(outcome.failures()).extracting(SchemaOutcome::schema).containsExactly(tenant("b"));
    assertThat(fleet.recorded()).singleElement().asString().contains("'failed'");
  }

  private static SchemaRef tenant(String name) {
    return ScriptedFleet.tenant(name);
  }

  @Test
  void oneSchemaAloneHasNoPlanKept() throws Exception {
    fleet.schemas.subList(1, 4).clear();

    assertThat(fleet.run().run().run()).isNull();
    assertThat(fleet.server.sent("INSERT INTO tenantgate.run ")).isEmpty();
    assertThat(fleet.recorded()).isEmpty();
  }

  @Test
  void tooManyFailuresLeaveTheRestUntried() throws Exception {
    fleet.rollout = RolloutSettings.STANDARD.stopAfter(Portion.of(2));
    fleet.fails("a");
    fleet.fails("b");

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.TOO_MANY_FAILURES);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
    assertThat(fleet.recorded())
        .singleElement()
        .asString()
        .contains("'stopped'", "too many tenants failed");
  }

  @Test
  void fewerFailuresThanThatStopNothing() throws Exception {
    fleet.rollout = RolloutSettings.STANDARD.stopAfter(Portion.of(2));
    fleet.fails("a");

    assertThat(fleet.run().run().outcomes()).hasSize(4);
  }

  @Test
  void failuresOfAWaveKeepTheNextFromBeginning() throws Exception {
    fleet.rollout = waves(Duration.ZERO, AfterWave.GO_ON).stopAfter(Portion.of(1));
    fleet.fails("b");

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.TOO_MANY_FAILURES);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
  }

  @Test
  void canaryGoesFirst() throws Exception {
    fleet.rollout = RolloutSettings.STANDARD.canary(new Canary(List.of("c"), 0));

    assertThat(fleet.run().run().stop()).isNull();
    assertThat(fleet.told)
        .containsSubsequence("CANARY tenant_c", "WAVE tenant_a tenant_b tenant_d");
  }

  @Test
  void canaryThatFailsKeepsAllOthersFromBeginning() throws Exception {
    fleet.rollout = RolloutSettings.STANDARD.canary(new Canary(List.of(), 2));
    fleet.fails("b");

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.CANARY_FAILED);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
    assertThat(fleet.told)
        .contains("CANARY tenant_a tenant_b")
        .noneMatch(word -> word.startsWith("WAVE"));
  }

  @Test
  void publicGoesBeforeTheTenantsAndItsFailureStopsAll() throws Exception {
    fleet.scripted.files.with("public/00002_p.sql", "CREATE TABLE p (id int);");
    fleet.schemas.add(SchemaRef.PUBLIC);
    fleet.ends.put("public", ScriptedFleet.failed(SchemaRef.PUBLIC));

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.PUBLIC_FAILED);
    assertThat(outcome.skipped()).hasSize(4);
    assertThat(fleet.told).contains("PUBLIC public");
  }

  @Test
  void runMayStopBehindEachWave() throws Exception {
    fleet.rollout = waves(Duration.ZERO, AfterWave.STOP);

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.WAVE_ENDED);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
  }

  @Test
  void runPausesBetweenWavesAndNotBehindTheLast() throws Exception {
    fleet.rollout = waves(Duration.ofMillis(1), AfterWave.GO_ON);

    assertThat(fleet.run().run().stop()).isNull();
    assertThat(fleet.told)
        .containsSubsequence("WAVE tenant_a tenant_b", "pausing 1", "WAVE tenant_c tenant_d")
        .containsOnlyOnce("pausing 1");
  }

  @Test
  void pauseEndsWhereTheRunIsCancelled() throws Exception {
    fleet.rollout = waves(Duration.ofHours(1), AfterWave.GO_ON);
    FleetRun run = fleet.run();
    Thread canceller = new Thread(() -> cancelDuringPause(run));
    canceller.start();

    FleetOutcome outcome = run.run();
    canceller.join();

    assertThat(outcome.stop()).isEqualTo(FleetStop.CANCELLED);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
  }

  private void cancelDuringPause(FleetRun run) {
    while (!fleet.told.contains("pausing 3600000")) {
      Thread.onSpinWait();
    }
    run.cancel();
  }

  @Test
  void cancelledRunBeginsNothingMore() throws Exception {
    FleetRun run = fleet.run();
    fleet.begins =
        schema -> {
          if (schema.equals(tenant("b"))) {
            fleet.register.cancelAll();
          }
        };

    FleetOutcome outcome = run.run();

    assertThat(outcome.stop()).isEqualTo(FleetStop.CANCELLED);
    assertThat(outcome.outcomes()).hasSize(2);
    assertThat(schemas(outcome.skipped())).containsExactly("tenant_c", "tenant_d");
    assertThat(fleet.recorded()).singleElement().asString().contains("'stopped'", "cancelled");
  }

  @Test
  void interruptCancelsTheRunAndIsKept() throws Exception {
    fleet.planned = plan -> Thread.currentThread().interrupt();

    FleetOutcome outcome = fleet.run().run();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(outcome.stop()).isEqualTo(FleetStop.CANCELLED);
    assertThat(outcome.skipped()).hasSize(4);
  }

  @Test
  void schemaThatCouldNotBeReachedLeavesTheRunUnfinished() throws Exception {
    fleet.ends.put("c", new SchemaOutcome.Busy(tenant("c"), "somebody"));

    assertThat(fleet.run().run().stop()).isEqualTo(FleetStop.NOT_ALL_REACHED);
  }

  @Test
  void runThatSomebodyCancelsInTheRegistryEnds() throws Exception {
    fleet.rollout = waves(Duration.ofHours(1), AfterWave.GO_ON);
    fleet.server.row("UPDATE tenantgate.run SET expires_at", "ann has cancelled it");

    assertThat(fleet.run().run().stop()).isEqualTo(FleetStop.CANCELLED);
  }

  @Test
  void planThatCannotBeKeptBeginsNothing() {
    fleet.server.always("INSERT INTO tenantgate.run (", new Failure("53100", "disk full", 0));

    assertThatThrownBy(() -> fleet.run().run())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("disk full");
    assertThat(fleet.told).containsExactly("started 4");
  }

  @Test
  void ledgerThatIsLostEndsNoRun() throws Exception {
    fleet.server.always(
        "UPDATE tenantgate.run SET expires_at", new Failure("57014", "too slow", 0));

    assertThat(fleet.run().run().outcomes()).hasSize(4);
  }
}
