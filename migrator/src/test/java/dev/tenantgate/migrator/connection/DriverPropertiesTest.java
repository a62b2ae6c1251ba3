package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DriverPropertiesTest {

  private static DatabaseSettings settings(String host, String sslMode, @Nullable String ca) {
    return new DatabaseSettings(
        host,
        5432,
        "my app?x=y",
        "owner",
        "pa&ss",
        sslMode,
        ca,
        PassOrReject.REJECT,
        PassOrReject.REJECT,
        10,
        Duration.ofMillis(1500));
  }

  @Test
  void keepsSecretsAndNamesOutOfTheUrl() {
    assertThat(DriverProperties.url(settings("db", "prefer", null).address()))
        .isEqualTo("jdbc:postgresql://db:5432/");
    assertThat(DriverProperties.url(settings("::1", "prefer", null).address()))
        .isEqualTo("jdbc:postgresql://[::1]:5432/");
  }

  @Test
  void sendsStatementsUnsplit() {
    Properties properties = DriverProperties.of(settings("db", "prefer", null));

    assertThat(properties)
        .containsEntry("preferQueryMode", "simple")
        .containsEntry("currentSchema", "pg_catalog")
        .containsEntry("PGDBNAME", "my app?x=y")
        .containsEntry("password", "pa&ss")
        .containsEntry("connectTimeout", "2");
  }

  @Test
  void takesAnAuthorityAsFileOrText() throws IOException {
    String pem = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";

    assertThat(DriverProperties.of(settings("db", "verify-ca", "/etc/ca.pem")))
        .containsEntry("sslrootcert", "/etc/ca.pem");
    String file = DriverProperties.of(settings("db", "verify-ca", pem)).getProperty("sslrootcert");
    assertThat(Files.readString(Path.of(file))).isEqualTo(pem);
  }
}
