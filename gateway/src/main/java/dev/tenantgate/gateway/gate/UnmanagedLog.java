package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.SchemaState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the log which schemas are left alone since no history tells of what is in them: at the
 * start, and whenever they are others than before. Thread-safe.
 */
final class UnmanagedLog {

  private static final Logger log = LoggerFactory.getLogger(UnmanagedLog.class);

  /** So many of them are named. */
  private static final int NAMED = 5;

  // Guarded by this.
  private List<String> told = List.of();

  /** Looks whether there is something to be told. */
  synchronized void look(FleetView view) {
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
          .addKeyValue("found", first.found())
          .addKeyValue("wayOn", first.wayOn())
          .log(
              "schemas have something in them, but no migration history that is understood:"
                  + " nothing is run on them");
    }
  }
}
