package dev.tenantgate.gateway.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A migrator whose network is taken away in the middle of a transaction, with its locks. */
@Timeout(60)
class CutOffMigrationIT {

  @TempDir Path slow;
  @TempDir Path quick;
  private TestDatabase database;
  private TcpForwarder network;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    network = new TcpForwarder(database.server().port());
    database.execute("CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.item (id int)");
    String change = "ALTER TABLE item ADD name text;";
    GatewayFixture.migration(
        slow.resolve("tenant"), "00001_names.sql", change + " SELECT pg_sleep(3600);");
    GatewayFixture.migration(quick.resolve("tenant"), "00001_names.sql", change);
  }

  @AfterEach
  void stop() throws Exception {
    network.close();
    database.close();
  }

  private Settings settings(Path folder, int port) throws Exception {
    Map<String, String> changes = new HashMap<>();
    changes.put("migrations.lease-timeout", "500ms");
    changes.put("migrations.lock-timeout", "1s");
    changes.put(
        "database.url",
        "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable".formatted(port, database.name()));
    return GatewayFixture.settings(database, folder, changes);
  }

  private static SchemaOutcome migrate(Migrator migrator, Settings settings) throws Exception {
    Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
    return migrator
        .runs()
        .migrate(
            changelog,
            new SchemaRef("tenant_acme", "acme"),
            new Target.Latest(),
            FleetListener.NONE);
  }

  private boolean isAsleep() {
    return !database
        .column(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                + " AND wait_event = 'PgSleep'")
        .isEmpty();
  }

  @Test
  void isInNobodysWayForLongerThanItsLease() throws Exception {
    Settings far = settings(slow, network.port());
    Settings near = settings(quick, database.server().port());
    try (Migrator cutOff = Migrator.open(far);
        Migrator other = Migrator.open(near)) {
      CompletableFuture<SchemaOutcome> lost =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return migrate(cutOff, far);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(this::isAsleep);
      network.stall();

      assertThat(migrate(other, near)).isInstanceOf(SchemaOutcome.Migrated.class);

      assertThat(isAsleep()).isFalse();
      network.heal();
      // It tries again, and finds the other's history, which was made from another file.
      assertThat(lost.get())
          .isInstanceOfSatisfying(
              SchemaOutcome.Failed.class,
              failed -> assertThat(failed.error()).contains("was changed after it was applied"));
    }
  }
}
