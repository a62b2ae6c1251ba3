package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.testing.TestMigrations.changelog;
import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Which upgrade is taken up first. */
class UpgradeWorkersTest {

  private static final Changelog CHANGELOG = changelog(1);
  private static final Target LATEST = new Target.Latest();

  private final CountDownLatch busy = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<SchemaRef> order = new ArrayList<>();

  @Test
  void thoseThatConnectionsAreHeldForComeFirst() throws InterruptedException {
    try (UpgradeWorkers workers = new UpgradeWorkers(1);
        UpgradeService upgrades = upgrades(workers)) {
      List<CompletableFuture<SchemaOutcome>> all = new ArrayList<>();
      all.add(upgrade(upgrades, "busy", UpgradePriority.BULK));
      busy.await();
      for (int i = 1; i <= 4; i++) {
        all.add(upgrade(upgrades, "bulk" + i, UpgradePriority.BULK));
      }
      all.add(upgrade(upgrades, "asked", UpgradePriority.ASKED));
      all.add(upgrade(upgrades, "held", UpgradePriority.HELD));
      // Somebody connects to one that is queued already.
      all.add(upgrade(upgrades, "bulk3", UpgradePriority.HELD));
      // A crowd waits for another.
      all.add(upgrade(upgrades, "bulk4", UpgradePriority.HELD));
      upgrades.wanted(tenant("bulk4"), 12);
      release.countDown();
      CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).join();

      assertThat(order.subList(1, order.size()))
          .extracting(SchemaRef::tenant)
          .containsExactly("bulk4", "bulk3", "held", "asked", "bulk1", "bulk2");
    }
  }

  private static CompletableFuture<SchemaOutcome> upgrade(
      UpgradeService upgrades, String tenant, UpgradePriority priority) {
    return upgrades.upgrade(CHANGELOG, tenant(tenant), LATEST, priority).toCompletableFuture();
  }

  private UpgradeService upgrades(UpgradeWorkers workers) {
    TenantDirectory directory =
        new TenantDirectory(
            schemas -> schemas.stream().map(TestMigrations::absent).toList(),
            Runnable::run,
            System::nanoTime,
            Duration.ofSeconds(10),
            snapshot -> {});
    return new UpgradeService(
        (changelog, schema, target, committed) -> {
          busy.countDown();
          awaitRelease();
          order.add(schema);
          return new SchemaOutcome.UpToDate(schema);
        },
        directory,
        GateWorld.drains(new ManualTimer()),
        workers,
        System::nanoTime,
        GateEvents.all(List.of()));
  }

  private void awaitRelease() {
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
