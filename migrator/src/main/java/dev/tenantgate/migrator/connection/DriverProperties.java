package dev.tenantgate.migrator.connection;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.NetworkAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;

/**
 * How pgjdbc is told to connect: every statement as one simple-query message, no schema but {@code
 * pg_catalog} in the search path, TLS as the settings have it. Stateless.
 */
public final class DriverProperties {

  /** The application name of the migrator\'s backends. */
  public static final String APPLICATION = "tenantgate-migrator";

  private DriverProperties() {}

  static String url(NetworkAddress host) {
    // The driver has no word for a Unix-domain socket; UnixSocketFactory knows the file.
    // The rest is passed as properties: no escaping, and nothing secret in a URL that gets logged.
    return host.isUnixSocket()
        ? "jdbc:postgresql://localhost:%d/".formatted(host.port())
        : "jdbc:postgresql://%s/".formatted(host);
  }

  static Properties of(DatabaseSettings database) {
    Properties properties = new Properties();
    properties.setProperty("PGDBNAME", database.database());
    properties.setProperty("user", database.user());
    String password = database.password();
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", APPLICATION);
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("currentSchema", "pg_catalog");
    // Migrations are read with it on; a default of the database or the role mustn't say otherwise.
    properties.setProperty("options", "-c standard_conforming_strings=on");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", seconds(database.connectTimeout()));
    properties.setProperty("loginTimeout", seconds(database.connectTimeout()));
    properties.setProperty("cancelSignalTimeout", seconds(database.connectTimeout()));
    addTls(database, properties);
    ServerDefaults.keepIn(properties);
    if (database.address().isUnixSocket()) {
      UnixSocketFactory.useIn(properties, database.address());
    }
    return properties;
  }

  private static void addTls(DatabaseSettings database, Properties properties) {
    String ca = database.ca();
    String mode = database.sslModeInForce();
    properties.setProperty("sslmode", mode);
    if (ca != null) {
      properties.setProperty("sslrootcert", caFile(ca).toString());
    }
  }

  /** pgjdbc reads certificates from files only; PEM text is put into one that ends with the JVM. */
  public static Path caFile(String ca) {
    if (!ca.contains("-----BEGIN")) {
      return Path.of(ca);
    }
    try {
      Path file = Files.createTempFile("tenantgate-ca", ".pem");
      file.toFile().deleteOnExit();
      return Files.writeString(file, ca);
    } catch (IOException e) {
      throw new UncheckedIOException("the database's CA can't be written to a file", e);
    }
  }

  private static String seconds(Duration duration) {
    return Long.toString(Math.max(1, duration.plusMillis(999).toSeconds()));
  }
}
