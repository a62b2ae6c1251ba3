package dev.tenantgate.gateway.demo;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.server.Gateway;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The demo's story: acme is current and let through at once; globex lags and is held until it is
 * migrated; initech's migration fails on its data and it is rejected with the reason. Everything in
 * it is real.
 */
public final class Demo {

  private final PrintWriter out;
  private final Path folder;
  private final int port;
  private final int adminPort;

  /**
   * Prepares a demo.
   *
   * @param folder has the sample {@code migrations/} and what the {@code tenants/} have in their
   *     schemas
   * @param port the gateway's port; 0 takes a free one
   * @param adminPort the admin port; 0 takes a free one
   */
  public Demo(PrintWriter out, Path folder, int port, int adminPort) {
    this.out = out;
    this.folder = folder;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** Runs after the story has been told, while everything still stands. */
  @FunctionalInterface
  public interface Afterwards {
    void run() throws InterruptedException;
  }

  /**
   * Tells the story.
   *
   * @return whether all three tenants came out as they should
   */
  public boolean run(Afterwards afterwards)
      throws IOException,
          SQLException,
          SettingsException,
          InvalidChangelogException,
          InterruptedException {
    out.println("Starting an embedded PostgreSQL ...");
    out.flush();
    try (DemoDatabase database = DemoDatabase.start()) {
      LoadedSettings loaded = settings(database);
      Settings settings = loaded.settings();
      Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
      List<DemoTenant> tenants = createTenants(database, settings, changelog);
      DemoEvents events = new DemoEvents();
      try (Gateway gateway = Gateway.start(() -> loaded, "demo", List.of(events))) {
        introduce(database, gateway, tenants, changelog);
        boolean asExpected = visit(gateway, events, tenants);
        out.println();
        out.flush();
        afterwards.run();
        return asExpected;
      }
    }
  }

  private LoadedSettings settings(DemoDatabase database) throws SettingsException {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("database.url", database.url());
    values.put("listen.address", "127.0.0.1:" + port);
    values.put("admin.address", "127.0.0.1:" + adminPort);
    values.put("migrations.locations", folder.resolve("migrations").toString());
    return SettingsReader.read(new SettingsSources(null, Map.of(), values));
  }

  private List<DemoTenant> createTenants(
      DemoDatabase database, Settings settings, Changelog changelog)
      throws SQLException, IOException {
    List<Migration> all = changelog.of(new SchemaRef("tenant", "any"));
    List<DemoTenant> tenants =
        List.of(
            new DemoTenant("acme", versionBehind(all, 0), DemoTenant.Expectation.ADMITTED),
            new DemoTenant("globex", versionBehind(all, 3), DemoTenant.Expectation.HELD),
            new DemoTenant("initech", versionBehind(all, 2), DemoTenant.Expectation.REJECTED));
    database.migratePublic(settings, changelog);
    for (DemoTenant tenant : tenants) {
      database.createTenant(settings, changelog, tenant.name(), tenant.version());
    }
    // The rows that the application has written since; initech's are such that a later migration
    // fails.
    for (DemoTenant tenant : tenants) {
      String rows = Files.readString(folder.resolve("tenants").resolve(tenant.name() + ".sql"));
      database.execute("SET search_path = " + tenant.schema() + ";\n" + rows);
    }
    return tenants;
  }

  private static Version versionBehind(List<Migration> migrations, int lag) {
    return migrations.get(migrations.size() - 1 - lag).version();
  }

  private void introduce(
      DemoDatabase database, Gateway gateway, List<DemoTenant> tenants, Changelog changelog) {
    out.println("PostgreSQL   127.0.0.1:" + database.port());
    out.println("gateway      127.0.0.1:" + gateway.port());
    out.println("admin page   http://127.0.0.1:" + gateway.adminPort() + "/");
    out.println();
    for (DemoTenant tenant : tenants) {
      List<String> pending =
          changelog.of(tenant.ref()).stream()
              .filter(migration -> migration.version().compareTo(tenant.version()) > 0)
              .map(migration -> migration.version().toString())
              .toList();
      out.printf(
          "  %-8s %-15s at version %s%s%n",
          tenant.name(),
          tenant.schema(),
          tenant.version(),
          pending.isEmpty() ? ", up to date" : ", lacks " + String.join(", ", pending));
    }
    out.println();
    out.println("Try it, now or later:");
    out.printf(
        "  psql \"host=127.0.0.1 port=%d dbname=%s user=%s options=-csearch_path=tenant_acme\"%n",
        gateway.port(), DemoDatabase.NAME, DemoDatabase.APPLICATION);
    out.printf(
        "  jdbc:postgresql://127.0.0.1:%d/%s?user=%s&currentSchema=tenant_acme%n",
        gateway.port(), DemoDatabase.NAME, DemoDatabase.APPLICATION);
    out.println();
    out.println("The demo itself connects to each tenant, through the gateway:");
    out.flush();
  }

  private boolean visit(Gateway gateway, DemoEvents events, List<DemoTenant> tenants) {
    boolean all = true;
    for (DemoTenant tenant : tenants) {
      out.println();
      DemoVisit visit = DemoVisit.of(gateway.port(), tenant, events);
      visit.print(out);
      if (!visit.isAsExpected()) {
        all = false;
        out.println("             which is NOT what should have happened");
      }
      out.flush();
    }
    return all;
  }
}
