package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Reads what there is from the database. Blocks. */
public interface FleetSource extends HistorySource {

  /** Every tenant schema that there is. */
  List<SchemaRef> tenants() throws SQLException;

  /** The schemas that are being migrated right now, by whichever process. */
  Set<SchemaRef> migrating() throws SQLException;
}
