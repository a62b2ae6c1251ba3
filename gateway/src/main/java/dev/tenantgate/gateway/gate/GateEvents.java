package dev.tenantgate.gateway.gate;

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

/**
 * The events of the gate, for metrics and for those who watch. Called on whatever thread it happens
 * on, event loops among them: implementations are thread-safe, quick, and don't throw.
 */
public interface GateEvents {

  /** The gate has answered a session: at once, with a hold, or at the end of a hold. */
  default void answered(Answer answer, AdmissionReason reason) {}

  /** A session begins to be held. */
  default void holdStarted(SchemaRef tenant, SchemaRef waitsFor) {}

  /** A session is held no longer, however that ended. */
  default void holdEnded(SchemaRef tenant, HoldEnd end, Duration held) {}

  /** The same, for those who want to know its span. */
  default void holdEnded(SchemaRef tenant, HoldEnd end, Duration held, @Nullable TraceSpan span) {
    holdEnded(tenant, end, held);
  }

  /** A worker begins to migrate a schema. */
  default void migrationStarted(SchemaRef schema) {}

  /** The history of a schema was read behind its migration, which is about to be told of. */
  default void migratedTo(SchemaHistory history) {}

  /** The migration of a schema has ended. */
  default void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {}

  /** A migration was put off by a lock, a deadlock or a serialization failure. */
  default void migrationRetried(SchemaRef schema, int attempt, String sqlState) {}

  /** This gateway, about to migrate a schema, has waited for the transactions there. */
  default void drainEnded(SchemaRef schema, DrainEnd end) {}

  /** An upgrade of all schemas begins. */
  default void rolloutStarted() {}

  /**
   * It has ended.
   *
   * @param outcome null if it couldn't be begun
   */
  default void rolloutEnded(@Nullable FleetOutcome outcome) {}

  /** A schema's state has changed; the one before is null for a schema that wasn't known. */
  default void stateChanged(@Nullable TenantState before, TenantState after) {}

  /** The kinds of {@link Admission}, as metrics name them. */
  enum Answer {
    ADMITTED,
    HELD,
    REJECTED;

    static Answer of(Admission.Decision decision) {
      return decision instanceof Admission.Admitted ? ADMITTED : REJECTED;
    }
  }

  /** How a hold ended. */
  enum HoldEnd {
    ADMITTED,
    REJECTED,
    CANCELLED
  }

  /** Tells all of these, in order. */
  static GateEvents all(List<GateEvents> listeners) {
    return new GateEventsFanOut(listeners);
  }
}
