package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.ACME;
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

/** Limits, timeouts, cancellation, shutdown: how holds begin and end. */
class HoldTest {

  @Test
  void theTenantsQueueIsFullAtItsLimit() {
    try (GateWorld world =
        new GateWorld(new TestSettings().maxHeld(100, 2)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session first = world.connect(GLOBEX);
      Session second = world.connect(GLOBEX);
      Session third = world.connect(GLOBEX);

      assertThat(third.refusal().sqlState()).isEqualTo("53300");
      assertThat(third.refusal().message())
          .isEqualTo(
              "too many connections are held for tenant \"globex\":"
                  + " the limit is 2 (gate.max-held-per-tenant)");
      world.settle();
      assertThat(first.isAdmitted()).isTrue();
      assertThat(second.isAdmitted()).isTrue();
    }
  }

  @Test
  void theWholeQueueIsFullAtItsLimit() {
    try (GateWorld world =
        new GateWorld(new TestSettings().maxHeld(1, 10))
            .has(GLOBEX, 5)
            .has(ACME, 5)
            .knowing(GLOBEX, ACME)) {
      world.connect(GLOBEX);

      assertThat(world.connect(ACME).refusal().message())
          .isEqualTo("too many connections are held: the limit is 1 (gate.max-held)");
    }
  }

  @Test
  void waitingForALookupCountsForTheWholeQueueOnly() {
    try (GateWorld world = new GateWorld(new TestSettings().maxHeld(2, 1)).has(GLOBEX, 7)) {
      Session first = world.connect(GLOBEX);
      Session second = world.connect(GLOBEX);
      assertThat(world.connect(GLOBEX).refusal().sqlState()).isEqualTo("53300");

      world.settle();

      assertThat(first.isAdmitted()).isTrue();
      assertThat(second.isAdmitted()).isTrue();
      assertThat(world.connect(GLOBEX).isAdmitted()).isTrue();
    }
  }

  @Test
  void whoMustWaitAfterTheLookupIsCountedThen() {
    try (GateWorld world = new GateWorld(new TestSettings().maxHeld(100, 1)).has(GLOBEX, 5)) {
      Session first = world.connect(GLOBEX);
      Session second = world.connect(GLOBEX);

      world.settle();

      assertThat(first.isAdmitted()).isTrue();
      assertThat(second.refusal().sqlState()).isEqualTo("53300");
    }
  }

  @Test
  void waitersForPublicCountForTheirTenants() {
    try (GateWorld world =
        new GateWorld(new TestSettings().maxHeld(100, 1))
            .has(SchemaRef.PUBLIC, 5)
            .has(GLOBEX, 7)
            .has(ACME, 7)
            .knowing(GLOBEX, ACME)) {
      assertThat(world.connect(GLOBEX).isHeld()).isTrue();
      assertThat(world.connect(ACME).isHeld()).isTrue();
      assertThat(world.connect(GLOBEX).refusal().sqlState()).isEqualTo("53300");
      assertThat(world.gate.held(GLOBEX)).isEqualTo(1);
    }
  }

  @Test
  void aHoldEndsWithItsTimeout() {
    try (GateWorld world =
        new GateWorld(new TestSettings().holdTimeout(Duration.ofSeconds(3)))
            .has(GLOBEX, 5)
            .knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);
      world.timer.advance(Duration.ofSeconds(3));
      world.eventLoop.runAll();

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(session.refusal().message())
          .isEqualTo(
              "tenant \"globex\" is at version 5 and needs version 7;"
                  + " the connection was held for 3 s");
      assertThat(world.gate.held()).isZero();

      world.settle();
      assertThat(session.decision()).isInstanceOf(Admission.Rejected.class);
    }
  }

  @Test
  void aTimeoutThatComesWithTheReleaseReleases() {
    try (GateWorld world =
        new GateWorld(new TestSettings().holdTimeout(Duration.ofSeconds(3)))
            .has(GLOBEX, 5)
            .knowing(GLOBEX)) {
      world.migrating =
          (schema, target) -> {
            SchemaOutcome outcome = world.succeed(schema, target);
            // The history is there already when the timer fires, the wake-up isn't yet.
            world.directory.refresh(schema);
            world.readers.runAll();
            world.timer.advance(Duration.ofSeconds(3));
            return outcome;
          };
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.gate.held()).isZero();
    }
  }

  @Test
  void aCancelledHoldIsNeverToldAndLeavesNothing() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);

      assertThat(session.ticket().cancel()).isTrue();
      assertThat(session.ticket().cancel()).isFalse();
      assertThat(world.gate.held()).isZero();
      assertThat(world.gate.held(GLOBEX)).isZero();
      assertThat(world.timer.waiting()).isZero();

      world.settle();
      assertThat(session.wasTold()).isFalse();
    }
  }

  @Test
  void aCancelAfterTheReleaseComesTooLate() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);
      world.workers.runAll();

      assertThat(session.ticket().cancel()).isFalse();
      world.settle();
      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void aCancelledHoldMakesRoom() {
    try (GateWorld world =
        new GateWorld(new TestSettings().maxHeld(1, 1)).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.connect(GLOBEX).ticket().cancel();

      assertThat(world.connect(GLOBEX).isHeld()).isTrue();
    }
  }

  @Test
  void aShutdownRejectsThoseWhoWaitAndThoseWhoCome() {
    GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX);
    Session session = world.connect(GLOBEX);
    world.close();
    world.settle();

    assertThat(session.refusal().sqlState()).isEqualTo("57P01");
    assertThat(world.connect(GLOBEX).refusal().sqlState()).isEqualTo("57P01");
    assertThat(world.gate.held()).isZero();
  }

  @Test
  void theFirstToComeIsTheFirstToGo() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5).knowing(GLOBEX)) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int number = i;
        world.gate.admit(request(world), decision -> order.add(number));
      }
      world.settle();

      assertThat(order).isSorted().hasSize(20);
    }
  }

  @Test
  void anUpgradeThatEndsBetweenTheVerdictAndTheQueueIsntMissed() {
    try (GateWorld world =
        new GateWorld(new TestSettings().trigger(Trigger.MANUAL)).has(GLOBEX, 5).knowing(GLOBEX)) {
      world.upgrades.upgrade(world.changelog, GLOBEX, new Target.Latest(), UpgradePriority.ASKED);
      world.beforeEntering = world.workers::runAll;

      Session session = world.connect(GLOBEX);

      assertThat(world.migrated).hasSize(1);
      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.gate.held()).isZero();
    }
  }

  @Test
  void progressTellsWhatIsGoingOn() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 5)) {
      Session session = world.connect(GLOBEX);
      assertThat(session.ticket().progress().phase()).isEqualTo(HoldProgress.Phase.LOOKUP);

      world.readers.runAll();
      world.connect(GLOBEX);
      world.timer.advance(Duration.ofMillis(1500));

      assertThat(session.ticket().progress().text())
          .isEqualTo(
              "tenant \"globex\" is at version 5 and needs 7 (2 migrations: 6, 7);"
                  + " its migration is queued; held for 1.5 s with 1 other connection");
    }
  }

  private static AdmissionRequest request(GateWorld world) {
    return world.request(Requirement.NONE, GLOBEX);
  }
}
