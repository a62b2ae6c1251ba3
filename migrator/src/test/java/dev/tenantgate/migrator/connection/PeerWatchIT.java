package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server's settings, on connections that migrate, for a peer that is gone. */
class PeerWatchIT {

  @TempDir Path folder;

  @Test
  void isInForceAlsoBehindAMigrationThatTouchesItsSession() {
    TestChangelog files = new TestChangelog(folder);
    Changelog changelog =
        files
            .with(
                "00001_seen.sql",
                """
                SET statement_timeout = '1h';
                CREATE TABLE seen AS SELECT current_setting('tcp_user_timeout') AS taken,
                  current_setting('tcp_keepalives_idle') AS idle,
                  current_setting('client_connection_check_interval') AS busy;
                """)
            .changelog();
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        Migrator migrator =
            Migrator.open(
                database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
      database.execute("CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b");

      for (String tenant : List.of("a", "b")) {
        migrator
            .runs()
            .migrate(changelog, migrator.tenants().schemaOf(tenant), new Target.Latest());

        SchemaRef schema = migrator.tenants().schemaOf(tenant);
        assertThat(
                database.column(
                    "SELECT concat_ws(' ', taken, idle, busy) FROM %s.seen"
                        .formatted(schema.schema())))
            .containsExactly("10000 4 1s");
      }
    }
  }
}
