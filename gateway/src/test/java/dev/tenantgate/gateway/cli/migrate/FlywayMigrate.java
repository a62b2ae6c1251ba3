package dev.tenantgate.gateway.cli.migrate;

import org.flywaydb.core.Flyway;

/** Flyway's own command line, as far as a test needs it: migrates what the environment says. */
final class FlywayMigrate {

  private FlywayMigrate() {}

  public static void main(String... locations) {
    Flyway.configure()
        .dataSource(
            System.getenv("TENANTGATE_JDBC_URL"),
            System.getenv("PGUSER"),
            System.getenv("PGPASSWORD"))
        .schemas(System.getenv("TENANTGATE_SCHEMA"))
        .locations("filesystem:" + locations[0])
        .load()
        .migrate();
  }
}
