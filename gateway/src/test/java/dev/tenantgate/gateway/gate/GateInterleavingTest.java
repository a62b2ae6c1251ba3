package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.ACME;
import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.gateway.gate.GateWorld.Session;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Walks through many thousands of interleavings of connecting, reading, migrating, failing,
 * cancelling, timing out, another process's doings and reloads, and checks after each what must
 * always hold: nobody is admitted to a schema that lags, nobody is told twice or forgotten, and
 * nothing is left behind.
 */
class GateInterleavingTest {

  private static final int WALKS = 400;
  private static final int STEPS = 60;

  @Test
  void nothingIsLostWhateverTheOrder() {
    for (int seed = 0; seed < WALKS; seed++) {
      try (Walk walk = new Walk(seed)) {
        walk.go();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static final class Walk implements AutoCloseable {

    private final Random random;
    private final GateWorld world;
    private final boolean manual;
    private final TestSettings settings;
    private final List<Session> sessions = new ArrayList<>();
    private final Set<Session> cancelled = new HashSet<>();

    Walk(int seed) {
      random = new Random(seed);
      manual = random.nextInt(4) == 0;
      settings =
          new TestSettings().maxHeld(6, 4).trigger(manual ? Trigger.MANUAL : Trigger.ON_DEMAND);
      world = new GateWorld(settings);
      world.has(SchemaRef.PUBLIC, 5 + random.nextInt(3)).has(ACME, 7).has(GLOBEX, 5);
      world.migrating =
          (schema, target) ->
              switch (random.nextInt(8)) {
                case 0 -> new SchemaOutcome.Busy(schema, "another");
                case 1 ->
                    world.stateOf(schema) == SchemaState.BEHIND
                        ? world.fail(schema, target)
                        : world.succeed(schema, target);
                case 2 -> new SchemaOutcome.Unreachable(schema, "gone");
                default -> world.succeed(schema, target);
              };
    }

    void go() {
      for (int step = 0; step < STEPS; step++) {
        step();
        check();
      }
      // Once nothing fails any more, everything comes to an end long before the hold timeout.
      world.beforeEntering = null;
      world.unreachable = null;
      world.migrating = world::succeed;
      if (manual) {
        List.of(SchemaRef.PUBLIC, GLOBEX).forEach(schema -> world.has(schema, 7));
      }
      for (int i = 0; i < 6; i++) {
        world.settle();
        world.timer.advance(Duration.ofMillis(400));
      }
      for (Session session : sessions) {
        assertThat(session.isHeld() && !cancelled.contains(session)).as("forgotten").isFalse();
      }
      assertThat(world.gate.held()).isZero();
      assertThat(world.gate.held(GLOBEX)).isZero();
      assertThat(world.timer.waiting()).as("timeouts left").isZero();
      assertThat(world.upgrades.underWay()).isEmpty();
    }

    private void step() {
      switch (random.nextInt(13)) {
        case 0, 1, 2 -> connect(random.nextBoolean() ? GLOBEX : ACME);
        case 3, 4 -> world.readers.runOne();
        case 5, 6 -> world.workers.runOne();
        case 7, 8 -> world.eventLoop.runOne();
        case 9 -> world.timer.advance(Duration.ofMillis(random.nextInt(1_500)));
        case 10 -> cancel();
        case 11 -> elsewhere();
        default -> world.gate.reconfigure(settings.build(), world.changelog);
      }
    }

    private void connect(SchemaRef schema) {
      // Something may happen at any moment, also between the verdict and the queue.
      world.beforeEntering = random.nextInt(3) == 0 ? this::inBetween : null;
      sessions.add(world.connect(schema));
    }

    private void inBetween() {
      switch (random.nextInt(3)) {
        case 0 -> world.workers.runOne();
        case 1 -> world.readers.runOne();
        default -> world.gate.reconfigure(settings.build(), world.changelog);
      }
    }

    private void cancel() {
      if (sessions.isEmpty()) {
        return;
      }
      Session session = sessions.get(random.nextInt(sessions.size()));
      if (session.isHeld() && session.ticket().cancel()) {
        cancelled.add(session);
      }
    }

    private void elsewhere() {
      switch (random.nextInt(4)) {
        case 0 -> world.has(GLOBEX, 7);
        case 1 ->
            world.upgrades.upgrade(
                world.changelog, GLOBEX, new Target.Latest(), UpgradePriority.ASKED);
        case 2 -> world.unreachable = new SQLException("refused", "08001");
        default -> world.unreachable = null;
      }
    }

    private void check() {
      Set<SchemaRef> current = new HashSet<>();
      for (SchemaRef schema : List.of(SchemaRef.PUBLIC, ACME, GLOBEX)) {
        if (world.stateOf(schema) == SchemaState.CURRENT) {
          current.add(schema);
        }
      }
      int held = 0;
      for (Session session : sessions) {
        if (session.isDecided() && session.isAdmitted()) {
          // Schemas only ever move forward here: admitted once means current ever after.
          assertThat(current).contains(SchemaRef.PUBLIC).contains(session.tenant());
        }
        if (session.isHeld() && !cancelled.contains(session)) {
          held++;
        }
        if (cancelled.contains(session)) {
          assertThat(session.wasTold()).as("told after the cancel").isFalse();
        }
      }
      // A client whose decision is made counts as held no more, though its event loop hasn't told
      // it.
      assertThat(world.gate.held()).isBetween(held - world.eventLoop.waiting(), held);
      assertThat(world.gate.held()).isLessThanOrEqualTo(6);
      assertThat(world.gate.held(GLOBEX)).isLessThanOrEqualTo(4);
    }

    @Override
    public void close() {
      world.close();
      world.settle();
    }
  }
}
