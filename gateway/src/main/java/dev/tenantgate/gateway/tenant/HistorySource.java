package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.SQLException;
import java.util.List;

/** Reads the histories of schemas from the database. Blocks. */
@FunctionalInterface
public interface HistorySource {

  /** Reads the histories of these schemas, in this order; a schema that isn't there says so. */
  List<SchemaHistory> histories(List<SchemaRef> schemas) throws SQLException;
}
