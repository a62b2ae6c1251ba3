package dev.tenantgate.gateway;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.server.Gateway;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A whole gateway in this JVM, in front of a test's own database, on free ports. */
public final class GatewayFixture implements AutoCloseable {

  private final TestDatabase database;
  private final Gateway gateway;
  private final Path migrations;

  private GatewayFixture(TestDatabase database, Gateway gateway, Path migrations) {
    this.database = database;
    this.gateway = gateway;
    this.migrations = migrations;
  }

  /**
   * Starts a gateway.
   *
   * @param migrations the folder of its migrations
   * @param changes settings that differ from the defaults, by key
   */
  public static GatewayFixture start(
      TestDatabase database, Path migrations, Map<String, String> changes) {
    try {
      return new GatewayFixture(
          database,
          Gateway.start(() -> loaded(database, migrations, changes), "test", List.of()),
          migrations);
    } catch (Exception e) {
      throw new IllegalStateException("the gateway doesn't start", e);
    }
  }

  public static Settings settings(
      TestDatabase database, Path migrations, Map<String, String> changes)
      throws SettingsException {
    return loaded(database, migrations, changes).settings();
  }

  private static LoadedSettings loaded(
      TestDatabase database, Path migrations, Map<String, String> changes)
      throws SettingsException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(
        "database.url",
        "postgresql://postgres@%s:%d/%s?sslmode=disable"
            .formatted(database.server().host(), database.server().port(), database.name()));
    all.put("listen.address", "127.0.0.1:0");
    all.put("admin.address", "127.0.0.1:0");
    all.put("migrations.locations", migrations.toString());
    // Tests make a tenant's tables beforehand, to have something to lock or to read while it lags.
    all.put("migrations.unmanaged", "migrate");
    all.putAll(changes);
    return SettingsReader.read(new SettingsSources(null, Map.of(), all));
  }

  /** Writes a migration into a folder. */
  public static void migration(Path folder, String file, String up) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(file), "-- UP MIGRATION\n" + up + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Gateway gateway() {
    return gateway;
  }

  public Path migrations() {
    return migrations;
  }

  public int port() {
    return gateway.port();
  }

  public String adminUrl(String path) {
    return "http://127.0.0.1:" + gateway.adminPort() + path;
  }

  /** A session of a tenant, through the gateway. */
  public Connection connect(String tenant) throws SQLException {
    return connect(Map.of("user", "postgres", "currentSchema", "tenant_" + tenant));
  }

  /** A session with properties of the driver, through the gateway. */
  public Connection connect(Map<String, String> properties) throws SQLException {
    Properties all = new Properties();
    all.setProperty("user", "postgres");
    all.setProperty("sslmode", "disable");
    all.putAll(properties);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port(), database.name()), all);
  }

  @Override
  public void close() {
    gateway.close();
  }
}
