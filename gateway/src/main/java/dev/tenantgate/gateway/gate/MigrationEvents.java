package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.schema.MigrationListener;
import java.time.Duration;

/** Tells of what this gateway's migrator meets on its way. As its listener is. */
record MigrationEvents(GateEvents events) implements MigrationListener {

  @Override
  public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
    events.migrationRetried(schema, attempt, sqlState);
  }

  @Override
  public void drained(SchemaRef schema, DrainEnd end) {
    events.drainEnded(schema, end);
  }
}
