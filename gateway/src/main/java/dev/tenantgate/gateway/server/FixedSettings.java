package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings that a running gateway can't change, because connections and sockets were made with
 * them.
 */
final class FixedSettings {

  private FixedSettings() {}

  /** A message for each key that differs. */
  static List<String> changed(Settings now, Settings next) {
    List<String> changed = new ArrayList<>();
    compare(changed, "listen.address", now.listen().address(), next.listen().address());
    compare(changed, "listen.transport", now.listen().transport(), next.listen().transport());
    compare(changed, "listen.threads", now.listen().threads(), next.listen().threads());
    compare(changed, "admin.address", now.admin().address(), next.admin().address());
    compare(changed, "pool.mode", now.pool().mode(), next.pool().mode());
    compare(changed, "tenants.schema", now.tenants().schema(), next.tenants().schema());
    compare(changed, "tenants.grants", now.tenants().grants(), next.tenants().grants());
    if (!now.database().equals(next.database())) {
      changed.add("database: can't be changed without a restart");
    }
    return changed;
  }

  private static void compare(List<String> changed, String key, Object now, Object next) {
    if (!now.equals(next)) {
      changed.add(
          "%s: can't be changed without a restart, is %s, would become %s"
              .formatted(key, now, next));
    }
  }
}
