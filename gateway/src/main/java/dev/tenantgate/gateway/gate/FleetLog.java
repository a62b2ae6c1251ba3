package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.SchemaState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the log which schemas are left alone since no history tells of what is in them, and
 * that there is no schema for the migrations there are: at the start, and whenever that has
 * changed. Thread-safe.
 */
final class FleetLog {

  private static final Logger log = LoggerFactory.getLogger(FleetLog.class);

  /** So many of them are named. */
  private static final int NAMED = 5;

  // Guarded by this.
  private List<String> told = List.of();

  private boolean toldNoTenant;

  /**
   * Looks whether there is something to be told.
   *
   * @param changelog all migrations
   * @param pattern which schemas are tenants'
   */
  synchronized void look(FleetView view, Changelog changelog, SchemaPattern pattern) {
    long forTenants =
        changelog.migrations().stream()
            .filter(migration -> migration.scope() != MigrationScope.PUBLIC)
            .count();
    boolean noTenant = view.tenants().isEmpty() && forTenants > 0;
    if (noTenant && !toldNoTenant) {
      log.atWarn()
          .addKeyValue("pattern", pattern)
          .addKeyValue("migrations", forTenants)
          .log("no schema matches tenants.schema: migrations for tenants run nowhere");
    }
    toldNoTenant = noTenant;
    tellUnmanaged(view);
  }

  private void tellUnmanaged(FleetView view) {
    List<TenantState> all = new ArrayList<>(view.tenants());
    if (view.shared() != null) {
      all.add(0, view.shared());
    }
    List<TenantState> unmanaged =
        all.stream().filter(state -> state.name() == SchemaState.UNMANAGED).toList();
    List<String> names = unmanaged.stream().map(state -> state.schema().schema()).toList();
    if (names.equals(told)) {
      return;
    }
    told = names;
    Unmanaged first = unmanaged.isEmpty() ? null : unmanaged.get(0).status().unmanaged();
    if (first != null) {
      log.atWarn()
          .addKeyValue("schemas", names.size())
          .addKeyValue("first", names.stream().limit(NAMED).collect(Collectors.joining(", ")))
          .addKeyValue("found", first.what())
          .addKeyValue("wayOn", first.wayOn())
          .log(
              "schemas have something in them, but no migration history of Tenantgate:"
                  + " nothing is run on them");
    }
  }

  /** One line for a run, whatever number of schemas it had. */
  static FleetOutcome told(FleetOutcome outcome) {
    log.atInfo()
        .addKeyValue("run", outcome.run() == null ? "" : outcome.run())
        .addKeyValue("schemas", outcome.outcomes().size())
        .addKeyValue("failed", outcome.failures().size())
        .addKeyValue("skipped", outcome.skipped().size())
        .addKeyValue("ms", outcome.elapsed().toMillis())
        .log("a run has ended");
    return outcome;
  }
}
