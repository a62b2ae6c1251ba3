package dev.tenantgate.gateway.demo;

import dev.tenantgate.config.Settings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A PostgreSQL server of the demo's own, with a database whose tenants stand at different versions.
 * Its files are temporary.
 */
final class DemoDatabase implements AutoCloseable {

  static final String NAME = "app";

  /** Owns the schemas; the gateway's own account. */
  static final String OWNER = "owner";

  /** The user that the application logs in as. */
  static final String APPLICATION = "app";

  private final EmbeddedPostgres server;

  private DemoDatabase(EmbeddedPostgres server) {
    this.server = server;
  }

  static DemoDatabase start() throws IOException, SQLException {
    DemoDatabase database =
        new DemoDatabase(
            EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "300")
                .setLocaleConfig("locale", "C")
                .setLocaleConfig("encoding", "UTF8")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start());
    try {
      database.prepare();
      return database;
    } catch (SQLException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private void prepare() throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE " + OWNER + " LOGIN");
      statement.execute("CREATE ROLE " + APPLICATION + " LOGIN");
      statement.execute("CREATE DATABASE " + NAME + " OWNER " + OWNER);
    }
    execute(
        """
        ALTER SCHEMA public OWNER TO owner;
        GRANT USAGE ON SCHEMA public TO app;
        ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SCHEMAS TO app;
        ALTER DEFAULT PRIVILEGES FOR ROLE owner
          GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
        ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SEQUENCES TO app;
        """);
  }

  String url() {
    return "postgresql://%s@127.0.0.1:%d/%s?sslmode=disable"
        .formatted(OWNER, server.getPort(), NAME);
  }

  int port() {
    return server.getPort();
  }

  /** Brings {@code public} up to date. */
  void migratePublic(Settings settings, Changelog changelog) {
    try (Migrator migrator = Migrator.open(settings)) {
      SchemaOutcome outcome =
          migrator.runs().migrate(changelog, SchemaRef.PUBLIC, new Target.Latest());
      if (!outcome.succeeded()) {
        throw new IllegalStateException("the demo's public schema can't be migrated: " + outcome);
      }
    }
  }

  /** Makes a tenant as it was when the changelog ended with that version. */
  void createTenant(Settings settings, Changelog changelog, String tenant, Version version) {
    Changelog then =
        new Changelog(
            changelog.migrations().stream()
                .filter(migration -> migration.version().compareTo(version) <= 0)
                .toList());
    try (Migrator migrator = Migrator.open(settings)) {
      TenantCreation creation = migrator.tenants().create(then, tenant);
      if (!(creation instanceof TenantCreation.Created)) {
        throw new IllegalStateException(
            "the demo's tenant " + tenant + " can't be created: " + creation);
      }
    }
  }

  /** Runs statements as the superuser. */
  void execute(String sql) throws SQLException {
    try (Connection connection = server.getDatabase("postgres", NAME).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException("the demo's PostgreSQL doesn't stop", e);
    }
  }
}
