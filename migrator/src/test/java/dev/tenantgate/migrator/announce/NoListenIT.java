package dev.tenantgate.migrator.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.DenyingProxy;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The strategy for CockroachDB on a server that has no LISTEN, no NOTIFY, no advisory lock. */
class NoListenIT {

  private static final Pattern DENIED =
      Pattern.compile("^\\s*(LISTEN|UNLISTEN|NOTIFY)\\b|pg_notify|advisory");
  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  @TempDir Path folder;
  private TestDatabase database;
  private DenyingProxy proxy;
  private TestChangelog files;
  private Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    proxy = new DenyingProxy(database.server().port(), DENIED);
    files =
        new TestChangelog(folder)
            .with("1_a.sql", "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a")
            .with(
                "2_b.sql", "-- UP MIGRATION\nCREATE TABLE b ();\n-- DOWN MIGRATION\nDROP TABLE b");
    migrator =
        Migrator.open(
            database.settings(proxy.port(), "postgres", null),
            files.steppedSettings(),
            SchemaPattern.parse("tenant_{tenant}"));
  }

  @AfterEach
  void close() {
    migrator.close();
    proxy.close();
    database.close();
  }

  @Test
  void everythingIsDoneAndNobodyAsksTwice() throws SQLException {
    migrator
        .gateways()
        .follow(
            new ChangeListener() {
              @Override
              public void changed(SchemaRef schema) {
                throw new AssertionError("nobody can have told of " + schema);
              }

              @Override
              public void listening() {
                throw new AssertionError("this server has no LISTEN");
              }
            });
    await().until(() -> refused("LISTEN") == 1);
    await().until(NoListenIT::feedHasEnded);

    assertThat(migrator.tenants().create(files.changelog(), "acme"))
        .isInstanceOf(TenantCreation.Created.class);
    await().until(() -> refused("pg_notify") == 1);
    assertThat(
            migrator
                .runs()
                .run(files.changelog(), ACME, new Goal.Down(null), MigrationListener.NONE))
        .isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(migrator.histories().of(ACME).entries()).hasSize(2);
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(proxy.refused()).hasSize(2);
  }

  private long refused(String what) {
    return proxy.refused().stream().filter(query -> query.contains(what)).count();
  }

  private static boolean feedHasEnded() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("tenantgate-change-feed"));
  }
}
