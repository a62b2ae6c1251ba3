package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.gateway.gate.GateWorld.Session;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Held sessions and the migrations that they wait for. */
class GateUpgradeTest {

  @Test
  void aTenantBehindIsHeldMigratedOnceAndAdmitted() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5)) {
      List<Session> sessions = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        sessions.add(world.connect(GLOBEX));
      }
      assertThat(sessions).allMatch(Session::isHeld);

      world.settle();

      assertThat(sessions).allMatch(Session::isAdmitted);
      assertThat(world.migrated).containsExactly(GLOBEX);
      assertThat(world.gate.held()).isZero();
      assertThat(world.timer.waiting()).isZero();
    }
  }

  @Test
  void thoseWhoWaitedAreLetThroughInTheirOrderAndNotAllAtOnce() {
    try (GateWorld world =
        new GateWorld(new TestSettings().releaseRate(1_000)).has(GLOBEX, 5).knowing(GLOBEX)) {
      List<Session> sessions = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        sessions.add(world.connect(GLOBEX));
      }
      world.settle();
      assertThat(sessions.subList(0, 5)).allMatch(Session::isAdmitted);
      assertThat(sessions.subList(5, 100)).noneMatch(Session::isDecided);

      world.timer.advance(Duration.ofMillis(50));
      world.settle();
      assertThat(sessions.subList(0, 55)).allMatch(Session::isAdmitted);
      assertThat(sessions.subList(55, 100)).noneMatch(Session::isDecided);

      world.gate.close();
      world.settle();
      assertThat(sessions).allMatch(Session::isAdmitted);
    }
  }

  @Test
  void publicIsMigratedBeforeTheTenant() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).has(SchemaRef.PUBLIC, 6).has(GLOBEX, 5)) {
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.migrated).containsExactly(SchemaRef.PUBLIC, GLOBEX);
    }
  }

  @Test
  void aFailedMigrationRejectsAllWaitersAndSticks() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.migrating = world::fail;
      Session first = world.connect(GLOBEX);
      Session second = world.connect(GLOBEX);
      world.settle();

      assertThat(first.refusal().sqlState()).isEqualTo("57P03");
      assertThat(first.refusal().message())
          .isEqualTo(
              "tenant \"globex\" is at version 5 and needs version 7, but its migration failed");
      assertThat(first.refusal().detail())
          .isEqualTo(
              "Migration 6 (step_6) failed: boom."
                  + " Pending migrations: 6 (step_6), 7 (step_7).");
      assertThat(first.refusal().hint()).contains("tenantgate upgrade globex");
      assertThat(second.refusal()).isEqualTo(first.refusal());

      Session later = world.connect(GLOBEX);
      assertThat(later.refusal().detail()).contains("boom");
      assertThat(world.migrated).hasSize(1);
    }
  }

  @Test
  void anExplicitUpgradeTriesAFailedMigrationAgainAndHoldsThoseWhoComeMeanwhile() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).failed(GLOBEX, 5, "boom").knowing(GLOBEX)) {
      world.upgrades.upgrade(world.changelog, GLOBEX, new Target.Latest(), UpgradePriority.ASKED);
      Session session = world.connect(GLOBEX);
      assertThat(session.isHeld()).isTrue();

      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.migrated).hasSize(1);
    }
  }

  @Test
  void anExplicitUpgradeThatFailsAgainRejectsThemWithoutAnotherTry() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).failed(GLOBEX, 5, "boom").knowing(GLOBEX)) {
      world.migrating = world::fail;
      world.upgrades.upgrade(world.changelog, GLOBEX, new Target.Latest(), UpgradePriority.ASKED);
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(world.migrated).hasSize(1);
    }
  }

  @Test
  void manualHoldsUntilAnotherProcessHasMigrated() {
    try (GateWorld world =
        new GateWorld(new TestSettings().trigger(Trigger.MANUAL)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);
      world.timer.advance(Duration.ofSeconds(2));
      world.settle();
      assertThat(session.isHeld()).isTrue();
      assertThat(session.ticket().progress().text())
          .isEqualTo(
              "tenant \"globex\" is at version 5 and needs 7 (2 migrations: 6, 7);"
                  + " waiting for an operator to upgrade it; held for 2 s");

      world.has(GLOBEX, 7);
      world.timer.advance(Duration.ofMillis(400));
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.migrated).isEmpty();
    }
  }

  @Test
  void manualHoldsUntilTheUpgradeAnOperatorAskedForHasEnded() {
    try (GateWorld world =
        new GateWorld(new TestSettings().trigger(Trigger.MANUAL)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);
      world.upgrades.upgrade(world.changelog, GLOBEX, new Target.Latest(), UpgradePriority.ASKED);
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void whileAnotherProcessHasTheLeaseTheSchemaIsLookedAtAndTriedAgain() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.migrating = (schema, target) -> new SchemaOutcome.Busy(schema, "another");
      Session session = world.connect(GLOBEX);
      world.settle();
      assertThat(session.isHeld()).isTrue();
      assertThat(session.ticket().progress().phase()).isEqualTo(HoldProgress.Phase.ELSEWHERE);

      // The other one died: its lease expires, and the next try gets it.
      world.migrating = world::succeed;
      world.timer.advance(Duration.ofMillis(400));
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void aFailureInAnotherProcessRejectsTheHeld() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.migrating = (schema, target) -> new SchemaOutcome.Busy(schema, "another");
      Session session = world.connect(GLOBEX);
      world.settle();

      world.failed(GLOBEX, 5, "there it failed");
      world.timer.advance(Duration.ofMillis(400));
      world.settle();

      assertThat(session.refusal().detail()).contains("there it failed");
      assertThat(world.migrated).hasSize(1);
    }
  }

  @Test
  void anUpgradeThatLosesTheDatabaseIsTriedAgain() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.migrating = (schema, target) -> new SchemaOutcome.Unreachable(schema, "gone");
      Session session = world.connect(GLOBEX);
      world.settle();
      assertThat(session.isHeld()).isTrue();

      world.migrationsFail(false);
      world.passes(Duration.ofSeconds(2));
      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void aMigratorThatFindsNothingToDoDoesntTurnInCircles() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.migrating = (schema, target) -> new SchemaOutcome.UpToDate(schema);
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(world.migrated).hasSize(1);
    }
  }
}
