package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.testing.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * The ground of all parts of the benchmark: the server, the settings of Tenantgate in a file that
 * the commands read as well, its migrations, its tenants. Confined to one thread.
 */
final class Ground {

  private static final HistoryTable OURS = new HistoryTable(HistoryName.STANDARD);

  private final BenchmarkServer server;
  private final Path folder;
  private final int workers;
  private final int adminPort;
  private final TenantSchemas tenants;

  /**
   * Writes the settings and the first migration.
   *
   * @param folder an empty one, for files
   * @param workers how many schemas are worked on at once, by whichever side
   */
  Ground(BenchmarkServer server, Path folder, int workers) throws IOException, SQLException {
    this.server = server;
    this.folder = folder;
    this.workers = workers;
    this.adminPort = FreePorts.next();
    this.tenants = new TenantSchemas(server, "tenant_");
    Files.createDirectories(migrations().resolve("tenant"));
    Files.writeString(
        migrations().resolve("tenant").resolve("00001_users.sql"),
        "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(200));\n");
    Files.writeString(config(), settingsText());
    try (Connection connection = server.connect()) {
      Registry.create(connection);
    }
  }

  private String settingsText() {
    return """
    listen:
      address: 127.0.0.1:%d
    admin:
      address: 127.0.0.1:%d
    database:
      url: "%s"%s
    tenants:
      schema: tenant_{tenant}
    migrations:
      locations: [%s]
      workers: %d
    """
        .formatted(FreePorts.next(), adminPort, server.url(), password(), migrations(), workers);
  }

  private String password() {
    return server.password().isEmpty() ? "" : "\n  password: \"%s\"".formatted(server.password());
  }

  BenchmarkServer server() {
    return server;
  }

  Path folder() {
    return folder;
  }

  int workers() {
    return workers;
  }

  int adminPort() {
    return adminPort;
  }

  /** The settings' file. */
  Path config() {
    return folder.resolve("tenantgate.yaml");
  }

  Path migrations() {
    return folder.resolve("migrations");
  }

  Settings settings() throws SettingsException {
    return SettingsReader.read(new SettingsSources(config(), Map.of(), Map.of())).settings();
  }

  /** The migrations as they are on disk now. */
  Changelog changelog() throws SettingsException, InvalidChangelogException {
    return ChangelogReader.read(settings().migrations()).changelog();
  }

  /**
   * Makes more of Tenantgate's tenants, whose histories and rows in the registry say that they have
   * every migration that there is. That their tables lack columns is nobody's business here.
   */
  void growTo(int size) throws Exception {
    List<Migration> applied = changelog().migrations();
    tenants.growTo(size, name -> upToDate(name, applied));
  }

  private static String upToDate(String name, List<Migration> applied) {
    SchemaRef schema = new SchemaRef(name, name.substring("tenant_".length()));
    StringBuilder sql = new StringBuilder(OURS.create(schema)).append(";\n");
    for (Migration migration : applied) {
      sql.append(OURS.recordSuccess(schema, migration, false, "1")).append(";\n");
    }
    HistoryDigest digest = new HistoryDigest();
    applied.forEach(each -> digest.put(each.version(), each.checksum(), true));
    Migration last = applied.get(applied.size() - 1);
    return sql.append(
            Registry.record(schema, last.version(), applied.size(), null, null, digest.text()))
        .append(";\n")
        .toString();
  }
}
