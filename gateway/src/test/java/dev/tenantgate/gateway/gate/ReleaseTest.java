package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.gate.GateWorld.Session;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.announce.Completion;
import dev.tenantgate.migrator.drain.DrainMark;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryLook;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way from a migration's commit to those who are held until it is there. */
class ReleaseTest {

  private static final SchemaHistory BEFORE = TestMigrations.upTo(GLOBEX, 6);
  private static final SchemaHistory AFTER = TestMigrations.upTo(GLOBEX, 7);
  private static final String PROOF = "proof";
  private static final long TOKEN = 3;

  private final GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 6).knowing(GLOBEX);
  private final List<String> looks = new ArrayList<>();
  private final ChangesElsewhere elsewhere =
      new ChangesElsewhere(
          world.gate,
          world.directory,
          world.drains,
          () -> world.changelog,
          () -> looks.add("at marks"));

  @AfterEach
  void close() {
    world.close();
  }

  private Session heldByADrain() {
    world.drains.drains(List.of(new DrainMark(GLOBEX.schema(), TOKEN, "another", null, PROOF)));
    Session session = world.connect(GLOBEX);
    assertThat(session.isHeld()).isTrue();
    return session;
  }

  private void completed(long token, String proof, SchemaHistory after) {
    elsewhere.completed(
        GLOBEX,
        new Completion(GLOBEX.schema(), token, proof, HistoryDigest.of(after), List.of(7L)));
    world.eventLoop.runAll();
  }

  @Test
  void atTheGatewayThatMigratesTheyGoOnWithTheCommitAndWithoutAQuestion() {
    List<Boolean> admitted = new ArrayList<>();
    Session session = world.connect(GLOBEX);
    world.migrating =
        (schema, target) -> {
          world.committed.accept(AFTER);
          world.eventLoop.runAll();
          admitted.add(session.isAdmitted());
          assertThat(world.reads).isEmpty();
          return world.succeed(schema, target);
        };

    world.settle();

    assertThat(admitted).containsExactly(true);
    assertThat(world.upgrades.isUnderWay(GLOBEX)).isFalse();
  }

  @Test
  void whatIsReadAfterwardsIsNoOtherHistory() {
    world.directory.foretell(
        BEFORE.with(world.changelog.migrations().subList(6, 7), Instant.now()));
    long migrations = world.directory.migrations();
    world.has(GLOBEX, 7);
    world.directory.refresh(GLOBEX);
    world.settle();

    assertThat(world.reads).hasSize(1);
    assertThat(world.directory.migrations()).isEqualTo(migrations);
  }

  @Test
  void elsewhereTheyGoOnByAProvenWordAndWithoutAQuestion() {
    Session session = heldByADrain();

    completed(TOKEN, PROOF, AFTER);

    assertThat(session.isAdmitted()).isTrue();
    assertThat(world.reads).isEmpty();
    assertThat(looks).isEmpty();
    // A look that was under way shows the mark still.
    world.drains.drains(List.of(new DrainMark(GLOBEX.schema(), TOKEN, "another", null, PROOF)));
    assertThat(world.drains.isDraining(GLOBEX)).isFalse();
  }

  @Test
  void nobodyGoesOnByAWordThatAnybodyCanSay() {
    Session session = heldByADrain();

    completed(TOKEN, "guessed", AFTER);
    completed(TOKEN - 1, PROOF, AFTER);
    completed(TOKEN + 1, PROOF, AFTER);

    assertThat(session.isHeld()).isTrue();
    assertThat(elsewhere.isAwaited(GLOBEX)).isTrue();
  }

  @Test
  void aHistoryThatWasAnotherThanKnownIsLookedAt() {
    Session session = heldByADrain();

    completed(TOKEN, PROOF, TestMigrations.upTo(GLOBEX, 5));
    assertThat(session.isHeld()).isTrue();

    elsewhere.found(new HistoryLook.Found(AFTER, TOKEN, false), world.timer.nanoTime());
    world.eventLoop.runAll();
    assertThat(session.isAdmitted()).isTrue();
    assertThat(world.reads).isEmpty();
  }

  @Test
  void aLookThatFindsTheLeaseHeldReleasesNobody() {
    Session session = heldByADrain();

    elsewhere.found(new HistoryLook.Found(AFTER, TOKEN, true), world.timer.nanoTime());
    world.eventLoop.runAll();

    assertThat(session.isHeld()).isTrue();
    assertThat(looks).containsExactly("at marks");
  }
}
