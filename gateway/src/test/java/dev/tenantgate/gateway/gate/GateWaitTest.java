package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.ACME;
import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.gate.GateWait.Outcome;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GateWaitTest {

  private final GateWorld world =
      new GateWorld(new TestSettings()).has(ACME, 7).has(GLOBEX, 5).knowing(ACME, GLOBEX);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Told told = new Told();

  @BeforeEach
  void freeze() {
    channel.freezeTime();
  }

  @AfterEach
  void close() {
    channel.close();
    world.close();
  }

  @Test
  void currentTenantIsAdmittedAtOnce() {
    assertThat(asking(ACME).begin()).isEqualTo(Outcome.Admitted.SILENTLY);
    assertThat(channel.hasPendingTasks()).isFalse();
    assertThat(told.outcomes).isEmpty();
  }

  @Test
  void laggingTenantIsHeldAndAdmittedOnceMigrated() {
    assertThat(asking(GLOBEX).begin()).isNull();

    world.settle();

    assertThat(told.outcomes).containsExactly(Outcome.Admitted.SILENTLY);
  }

  @Test
  void tenantsAreAskedForInOrder() {
    SchemaRef third = TestMigrations.tenant("third");
    world.has(third, 5).knowing(third);

    assertThat(asking(ACME, GLOBEX, third).begin()).isNull();
    world.settle();

    assertThat(world.migrated).containsExactly(GLOBEX, third);
    assertThat(told.outcomes).containsExactly(Outcome.Admitted.SILENTLY);
  }

  @Test
  void clientIsToldTheReasonAfterASecondAndEveryFive() {
    GateWait wait = asking(GLOBEX);
    wait.begin();
    pass(999);
    assertThat(told.notices).isEmpty();
    pass(1);
    assertThat(told.notices).hasSize(1);
    assertThat(told.notices.get(0)).contains("globex");
    pass(4_999);
    assertThat(told.notices).hasSize(1);
    pass(1);
    assertThat(told.notices).hasSize(2);

    world.settle();
    pass(60_000);
    assertThat(told.notices).hasSize(2);
  }

  @Test
  void cancelledWaitTellsNothingMore() {
    GateWait wait = asking(GLOBEX);
    wait.begin();

    wait.cancel();
    world.settle();
    pass(60_000);

    assertThat(told.outcomes).isEmpty();
    assertThat(told.notices).isEmpty();
    assertThat(world.gate.held()).isZero();
  }

  @Test
  void failedMigrationRefusesWithItsReason() {
    world.migrating = world::fail;
    asking(ACME, GLOBEX).begin();

    world.settle();

    assertThat(told.outcomes).singleElement().isInstanceOf(Outcome.Refused.class);
    Outcome.Refused refused = (Outcome.Refused) told.outcomes.get(0);
    assertThat(refused.refusal().message()).contains("globex");
  }

  private GateWait asking(SchemaRef... tenants) {
    List<AdmissionRequest> requests =
        Stream.of(tenants).map(each -> world.request(Requirement.NONE, each)).toList();
    return new GateWait(world.gate, channel.eventLoop(), requests, null, told);
  }

  private void pass(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  private static final class Told implements GateWait.Waiter {
    final List<String> notices = new ArrayList<>();
    final List<Outcome> outcomes = new ArrayList<>();

    @Override
    public void notice(String text) {
      notices.add(text);
    }

    @Override
    public void decided(Outcome outcome) {
      outcomes.add(outcome);
    }
  }
}
