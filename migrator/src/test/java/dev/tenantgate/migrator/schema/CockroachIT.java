package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.fleet.SteppedFleet;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * The migrator on CockroachDB itself, wherever there is an engine to run that; {@link
 * StatementByStatementIT} has the same life of a fleet on PostgreSQL everywhere.
 */
class CockroachIT {

  private static final int PORT = 26257;

  @TempDir Path folder;

  @BeforeAll
  static void findEngine() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "there is no Docker engine; StatementByStatementIT runs the same strategy on PostgreSQL");
  }

  /** A server that has made its database and, unless it is insecure, its certificates and user. */
  private static GenericContainer<?> server(String... options) {
    return new GenericContainer<>(DockerImageName.parse("cockroachdb/cockroach:latest-v25.2"))
        .withCommand(command(options))
        .withExposedPorts(PORT)
        .waitingFor(Wait.forSuccessfulCommand("test -f /cockroach/init_success"));
  }

  private static String[] command(String... options) {
    String[] command = new String[options.length + 1];
    command[0] = "start-single-node";
    System.arraycopy(options, 0, command, 1, options.length);
    return command;
  }

  private static DatabaseSettings settings(
      GenericContainer<?> server,
      String user,
      @Nullable String password,
      String mode,
      @Nullable String ca) {
    return new DatabaseSettings(
        server.getHost(),
        server.getMappedPort(PORT),
        "defaultdb",
        user,
        password,
        mode,
        ca,
        PassOrReject.REJECT,
        PassOrReject.REJECT,
        10,
        Duration.ofSeconds(10));
  }

  private Migrator migrator(DatabaseSettings database) {
    return Migrator.open(
        database, new TestChangelog(folder).settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  @Test
  void aFleetLives() throws Exception {
    try (GenericContainer<?> server = server("--insecure")) {
      server.start();
      DatabaseSettings database = settings(server, "root", null, "disable", null);
      try (Migrator migrator = migrator(database);
          Connection connection =
              DriverManager.getConnection(
                  "jdbc:postgresql://%s:%d/defaultdb?user=root&sslmode=disable"
                      .formatted(database.host(), database.port()))) {
        new SteppedFleet(migrator, connection, folder).live();
      }
    }
  }

  @Test
  void isReachedWithItsOwnAuthorityAndNoOther() throws Exception {
    try (GenericContainer<?> server =
        server().withEnv("COCKROACH_USER", "owner").withEnv("COCKROACH_PASSWORD", "secret")) {
      server.start();
      Path ca = folder.resolve("ca.crt");
      server.copyFileFromContainer("/cockroach/certs/ca.crt", ca.toString());
      // Its certificate is for 127.0.0.1, which the engine needn't be at: the authority counts.
      try (Migrator byFile =
              migrator(settings(server, "owner", "secret", "verify-ca", ca.toString()));
          Migrator byText =
              migrator(settings(server, "owner", "secret", "verify-ca", Files.readString(ca)));
          Migrator byAnother =
              migrator(
                  settings(
                      server,
                      "owner",
                      "secret",
                      "verify-ca",
                      TestCertificates.authority(folder, "others").ca().toString()))) {
        byFile.checkReachable();
        byText.checkReachable();
        assertThat(byText.tenants().all()).isEmpty();
        assertThatThrownBy(byAnother::checkReachable)
            .hasMessageContaining("isn't signed by the certificate authority in database.ca");
      }
    }
  }
}
