package dev.tenantgate.gateway.admin;

import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.SchemaState;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which tenants a list is to have. Immutable.
 *
 * @param states in one of these states
 * @param prefix the tenant's name begins with this
 * @param search the tenant's name has this in it, in whatever case
 * @param held only tenants with held connections
 * @param pending only tenants that lack the migration of this version; null for all
 * @param page which part of the list
 */
record TenantQuery(
    Set<SchemaState> states,
    String prefix,
    String search,
    boolean held,
    @Nullable String pending,
    Page page) {

  /**
   * Reads the parameters of a request.
   *
   * @throws IllegalArgumentException if one of them can't be; its message names the parameter
   */
  static TenantQuery of(AdminRequest request) {
    String prefix = request.parameter("prefix");
    String search = request.parameter("search");
    return new TenantQuery(
        states(request.parameter("state")),
        prefix == null ? "" : prefix,
        search == null ? "" : search.toLowerCase(Locale.ROOT),
        request.flag("held"),
        request.parameter("pending"),
        Page.of(request));
  }

  private static Set<SchemaState> states(@Nullable String labels) {
    if (labels == null) {
      return EnumSet.allOf(SchemaState.class);
    }
    Set<SchemaState> states = EnumSet.noneOf(SchemaState.class);
    for (String label : labels.split(",", -1)) {
      states.add(state(label.strip()));
    }
    return states;
  }

  private static SchemaState state(String label) {
    String wanted = label.toLowerCase(Locale.ROOT);
    return Arrays.stream(SchemaState.values())
        .filter(state -> state.label().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no state \"%s\"; the states are %s"
                        .formatted(
                            label,
                            Arrays.stream(SchemaState.values())
                                .map(SchemaState::label)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * Whether the list is to have a tenant, whatever its page.
   *
   * @param heldOf how many connections of a tenant are held; asked where that counts
   */
  boolean wants(TenantState tenant, ToIntFunction<SchemaRef> heldOf) {
    String name = String.valueOf(tenant.schema().tenant());
    return states.contains(tenant.name())
        && name.startsWith(prefix)
        && (search.isEmpty() || name.toLowerCase(Locale.ROOT).contains(search))
        && (pending == null || lacks(tenant, pending))
        && (!held || heldOf.applyAsInt(tenant.schema()) > 0);
  }

  private static boolean lacks(TenantState tenant, String version) {
    return tenant.status().pending().stream()
        .anyMatch(migration -> migration.version().toString().equals(version));
  }
}
