package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestChangelog;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server whose certificate an authority of one's own has signed. */
class TlsIT {

  private static final String HBA =
      """
      hostssl all all all trust
      hostnossl all postgres 127.0.0.1/32 trust
      """;

  @TempDir static Path certificates;
  private static TestCertificates ours;
  private static TestCertificates others;
  private static EmbeddedPostgres server;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    ours = TestCertificates.authority(certificates, "ours");
    others = TestCertificates.authority(certificates, "others");
    Path certificate = ours.server("dns:localhost");
    server =
        EmbeddedPostgres.builder()
            .setPort(FreePorts.next())
            .setPGStartupWait(Duration.ofSeconds(60))
            .setLocaleConfig("locale", "C")
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", certificate.toString())
            .setServerConfig("ssl_key_file", certificate + ".key")
            .setDataDirectoryCustomizer(
                data -> {
                  try {
                    Files.writeString(data.toPath().resolve("pg_hba.conf"), HBA);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .start();
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE owner LOGIN SUPERUSER; CREATE SCHEMA tenant_acme");
    }
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private Migrator migrator(String host, String mode, @Nullable String ca) {
    DatabaseSettings database =
        new DatabaseSettings(
            host,
            server.getPort(),
            "postgres",
            "owner",
            null,
            mode,
            ca,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            10,
            Duration.ofSeconds(10));
    return Migrator.open(
        database, new TestChangelog(folder).settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private static String pem(TestCertificates authority) throws Exception {
    return Files.readString(authority.ca(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify-full", "verify-ca", "prefer", "require"})
  void connectsWhereTheAuthorityIsTheRightOne(String mode) throws Exception {
    try (Migrator byFile = migrator("localhost", mode, ours.ca().toString());
        Migrator byText = migrator("localhost", mode, pem(ours))) {
      byFile.checkReachable();
      byText.checkReachable();
    }
  }

  @Test
  void migratesOverIt() throws Exception {
    TestChangelog files =
        new TestChangelog(folder)
            .with(
                "001_a.sql",
                "CREATE TABLE IF NOT EXISTS ssl AS SELECT ssl FROM pg_stat_ssl"
                    + " WHERE pid = pg_backend_pid();");
    try (Migrator migrator = migrator("localhost", "verify-full", pem(ours))) {
      migrator
          .runs()
          .migrate(files.changelog(), new SchemaRef("tenant_acme", "acme"), new Target.Latest());
    }
    try (Connection connection = server.getPostgresDatabase().getConnection();
        var rows = connection.createStatement().executeQuery("SELECT ssl FROM tenant_acme.ssl")) {
      assertThat(rows.next() && rows.getBoolean(1)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify-full", "verify-ca", "prefer", "require"})
  void refusesAServerThatAnotherAuthorityHasSigned(String mode) throws Exception {
    try (Migrator migrator = migrator("localhost", mode, pem(others))) {
      assertThatThrownBy(migrator::checkReachable)
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("isn't signed by the certificate authority in database.ca");
    }
  }

  @Test
  void refusesAServerThatTheSystemDoesNotTrustWhereNoAuthorityIsGiven() {
    try (Migrator migrator = migrator("localhost", "verify-full", null)) {
      assertThatThrownBy(migrator::checkReachable)
          .hasMessageContaining("isn't signed by the certificate authority");
    }
  }

  @Test
  void refusesACertificateForAnotherHostUnlessOnlyTheAuthorityCounts() throws Exception {
    try (Migrator full = migrator("127.0.0.1", "verify-full", pem(ours));
        Migrator byAuthority = migrator("127.0.0.1", "verify-ca", pem(ours))) {
      assertThatThrownBy(full::checkReachable)
          .hasMessageContaining("isn't for the host that database.url names");
      byAuthority.checkReachable();
    }
  }
}
