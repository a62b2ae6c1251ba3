package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Reads what there is from the database. Blocks. */
public interface FleetSource extends HistorySource {

  /** Every tenant schema that there is. */
  List<SchemaRef> tenants() throws SQLException;

  /**
   * Gives on what the registry says of these schemas: an index of their histories, which is quick
   * to read, and may be wrong.
   */
  void registered(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer) throws SQLException;

  /** The schemas that are being migrated right now, by whichever process. */
  Set<SchemaRef> migrating() throws SQLException;
}
