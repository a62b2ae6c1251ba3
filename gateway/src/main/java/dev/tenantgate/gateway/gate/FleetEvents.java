package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.Fleet;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;

/** Keeps the fleet's states in step with what is migrated here. */
record FleetEvents(Fleet fleet) implements GateEvents {
  @Override
  public void migrationStarted(SchemaRef schema) {
    fleet.migrationStarted(schema);
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    fleet.migrationEnded(schema);
  }
}
