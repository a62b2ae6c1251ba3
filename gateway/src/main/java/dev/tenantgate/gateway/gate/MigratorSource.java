package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.FleetSource;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.MigrationLease;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The migrator, as the directory and the fleet read from it. Thread-safe. */
record MigratorSource(Migrator migrator) implements FleetSource {

  @Override
  public List<SchemaHistory> histories(List<SchemaRef> schemas) throws SQLException {
    return migrator.histories().of(schemas);
  }

  @Override
  public List<SchemaRef> tenants() throws SQLException {
    return migrator.tenants().all();
  }

  @Override
  public void registered(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    migrator.histories().surveyRegistry(schemas, consumer);
  }

  @Override
  public Set<SchemaRef> migrating() throws SQLException {
    return migrator.runs().leases().stream()
        .map(MigrationLease::schema)
        .collect(Collectors.toUnmodifiableSet());
  }
}
