package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.schema.MigrationListener;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Tells of what this gateway's migrator meets on its way. As its listener is.
 *
 * @param committed told the history of a schema that is done
 */
record MigrationEvents(GateEvents events, Consumer<SchemaHistory> committed)
    implements MigrationListener {

  @Override
  public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
    events.migrationRetried(schema, attempt, sqlState);
  }

  @Override
  public void committed(SchemaHistory history) {
    committed.accept(history);
  }

  @Override
  public void drained(SchemaRef schema, DrainEnd end) {
    events.drainEnded(schema, end);
  }
}
