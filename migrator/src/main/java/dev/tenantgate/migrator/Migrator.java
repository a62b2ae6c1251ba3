package dev.tenantgate.migrator;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** The migrator's way in. Thread-safe; its calls block. */
public interface Migrator extends AutoCloseable {

  /** Every tenant schema that there is, by name. */
  List<SchemaRef> tenants() throws SQLException;

  /** Reads one schema's history, from the schema itself. */
  SchemaHistory history(SchemaRef schema) throws SQLException;

  /** Reads the histories of many schemas, in few round trips, in the order given. */
  List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException;

  /**
   * Brings one schema up to the target, under its lease. Never throws for what happens to the
   * schema; that is the outcome.
   */
  SchemaOutcome migrate(Changelog changelog, SchemaRef schema, Target target);

  @Override
  void close();
}
