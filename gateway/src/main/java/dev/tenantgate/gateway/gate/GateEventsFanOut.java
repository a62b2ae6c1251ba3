package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several listeners as one. Immutable. */
final class GateEventsFanOut implements GateEvents {

  private final GateEvents[] listeners;

  GateEventsFanOut(List<GateEvents> listeners) {
    this.listeners = listeners.toArray(new GateEvents[0]);
  }

  @Override
  public void answered(Answer answer, AdmissionReason reason) {
    for (GateEvents listener : listeners) {
      listener.answered(answer, reason);
    }
  }

  @Override
  public void holdStarted(SchemaRef tenant, SchemaRef waitsFor) {
    for (GateEvents listener : listeners) {
      listener.holdStarted(tenant, waitsFor);
    }
  }

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration held) {
    for (GateEvents listener : listeners) {
      listener.holdEnded(tenant, end, held);
    }
  }

  @Override
  public void migrationStarted(SchemaRef schema) {
    for (GateEvents listener : listeners) {
      listener.migrationStarted(schema);
    }
  }

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration held, @Nullable TraceSpan span) {
    for (GateEvents listener : listeners) {
      listener.holdEnded(tenant, end, held, span);
    }
  }

  @Override
  public void migratedTo(SchemaHistory history) {
    for (GateEvents listener : listeners) {
      listener.migratedTo(history);
    }
  }

  @Override
  public void rolloutStarted() {
    for (GateEvents listener : listeners) {
      listener.rolloutStarted();
    }
  }

  @Override
  public void rolloutEnded(@Nullable FleetOutcome outcome) {
    for (GateEvents listener : listeners) {
      listener.rolloutEnded(outcome);
    }
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    for (GateEvents listener : listeners) {
      listener.migrationEnded(schema, outcome, elapsed);
    }
  }

  @Override
  public void migrationRetried(SchemaRef schema, int attempt, String sqlState) {
    for (GateEvents listener : listeners) {
      listener.migrationRetried(schema, attempt, sqlState);
    }
  }

  @Override
  public void drainEnded(SchemaRef schema, DrainEnd end) {
    for (GateEvents listener : listeners) {
      listener.drainEnded(schema, end);
    }
  }

  @Override
  public void stateChanged(@Nullable TenantState before, TenantState after) {
    for (GateEvents listener : listeners) {
      listener.stateChanged(before, after);
    }
  }
}
