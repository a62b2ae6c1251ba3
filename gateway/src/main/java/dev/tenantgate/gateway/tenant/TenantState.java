package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import java.time.Instant;
import java.util.List;

/** Where a tenant's schema (or {@code public}) stands, as the gateway knows it. Immutable. */
public sealed interface TenantState {

  /** The schema's history held against the changelog. */
  SchemaStatus status();

  /** The state's name, as metrics and JSON have it. */
  default SchemaState name() {
    return status().state();
  }

  default SchemaRef schema() {
    return status().schema();
  }

  /** How many migrations it still needs. */
  default int lag() {
    return status().pending().size();
  }

  /** It has everything that is required. */
  record Current(SchemaStatus status) implements TenantState {}

  /** It lacks migrations. */
  record Behind(SchemaStatus status) implements TenantState {}

  /** It lacks migrations and the first of them failed. */
  record Failed(SchemaStatus status) implements TenantState {}

  /** It has everything that is required, and more than the changelog knows. */
  record Ahead(SchemaStatus status) implements TenantState {}

  /** Its history can't be understood. */
  record Unreadable(SchemaStatus status) implements TenantState {}

  /** There is something in it that no history tells of: nothing is run on it. */
  record Unmanaged(SchemaStatus status) implements TenantState {}

  /** There is no such schema. */
  record Absent(SchemaRef schema) implements TenantState {
    @Override
    public SchemaStatus status() {
      return new SchemaStatus(
          schema, SchemaState.UNKNOWN, null, 0, List.of(), "there is no such schema");
    }
  }

  /**
   * It is being migrated by this gateway.
   *
   * @param status where it stood when that began
   * @param since when that was
   */
  record Migrating(SchemaStatus status, Instant since) implements TenantState {
    @Override
    public SchemaState name() {
      return SchemaState.MIGRATING;
    }
  }

  /** The state that a comparison of history and changelog makes. */
  static TenantState of(SchemaStatus status) {
    return switch (status.state()) {
      case CURRENT -> new Current(status);
      case BEHIND -> new Behind(status);
      case FAILED -> new Failed(status);
      case AHEAD -> new Ahead(status);
      case MIGRATING -> new Behind(status);
      case UNKNOWN -> new Unreadable(status);
      case UNMANAGED -> new Unmanaged(status);
    };
  }
}
