package dev.tenantgate.gateway.testing;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.connect.ServerHosts;
import dev.tenantgate.migrator.connection.NameService;
import java.util.Map;

/** The servers of a URL, for tests. */
public final class ServersAt {

  private ServersAt() {}

  public static ServerHosts hosts(String host, int port) {
    return new ServerHosts(
        settings("postgresql://owner@%s:%d/app?sslmode=disable".formatted(host, port)),
        NameService.SYSTEM,
        Runnable::run,
        System::nanoTime);
  }

  public static DatabaseSettings settings(String url) {
    try {
      return SettingsReader.read(new SettingsSources(null, Map.of(), Map.of("database.url", url)))
          .settings()
          .database();
    } catch (SettingsException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
