package dev.tenantgate.gateway.otlp;

import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.tracing.SpanName;
import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The spans of migrations: a rollout, each schema, each of its migrations. A schema's history has
 * how long each migration took: their spans are laid end to end, the last at the end of the
 * schema's. Of an error they tell the SQLSTATE alone: its text may have rows' values in it.
 * Thread-safe.
 */
public final class MigrationTraces implements GateEvents {

  private final OtlpTracing tracing;
  private final AtomicReference<@Nullable TraceSpan> rollout = new AtomicReference<>();
  private final Map<SchemaRef, SchemaHistory> histories = new ConcurrentHashMap<>();

  public MigrationTraces(OtlpTracing tracing) {
    this.tracing = tracing;
  }

  @Override
  public void rolloutStarted() {
    rollout.set(tracing.begin(SpanName.ROLLOUT, null, System.nanoTime()));
  }

  @Override
  public void rolloutEnded(@Nullable FleetOutcome outcome) {
    TraceSpan span = rollout.getAndSet(null);
    if (span == null) {
      return;
    }
    if (outcome == null) {
      span.failed("refused");
    } else {
      span.set("tenantgate.schemas", outcome.outcomes().size());
      span.set("tenantgate.failures", outcome.failures().size());
      span.set("tenantgate.skipped", outcome.skipped().size());
      if (!outcome.succeeded()) {
        span.failed("failures");
      }
    }
    span.end();
  }

  @Override
  public void migrationStarted(SchemaRef schema) {
    TraceSpan run = rollout.get();
    TraceSpan span =
        run == null
            ? tracing.begin(SpanName.MIGRATE, null, System.nanoTime())
            : run.child(SpanName.MIGRATE);
    if (span instanceof OtlpSpan its) {
      its.set("tenantgate.schema", schema.toString());
      if (schema.tenant() != null) {
        its.set("tenantgate.tenant", String.valueOf(schema.tenant()));
      }
      tracing.migrates(schema, its);
    }
  }

  @Override
  public void migrationRetried(SchemaRef schema, int attempt, String sqlState) {
    note(schema, "put off for another try: " + sqlState);
  }

  @Override
  public void drainEnded(SchemaRef schema, DrainEnd end) {
    String how = end.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    note(schema, "waited for running transactions: " + how);
  }

  private void note(SchemaRef schema, String text) {
    OtlpSpan span = tracing.migrationOf(schema);
    if (span != null) {
      span.event(text);
    }
  }

  @Override
  public void migratedTo(SchemaHistory history) {
    histories.put(history.schema(), history);
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    SchemaHistory history = histories.remove(schema);
    OtlpSpan span = tracing.migrationOf(schema);
    if (span == null) {
      return;
    }
    long now = System.nanoTime();
    span.set("tenantgate.outcome", outcome.getClass().getSimpleName().toLowerCase(Locale.ROOT));
    List<Version> applied = applied(outcome);
    span.set("tenantgate.migrations", applied.size());
    long end = now;
    if (outcome instanceof SchemaOutcome.Failed failed) {
      span.failed(failed.sqlState() == null ? "failed" : failed.sqlState());
      end = failedStep(span, failed, now);
    }
    steps(span, history, applied, end);
    span.end(now);
  }

  private static List<Version> applied(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      return migrated.applied();
    }
    return outcome instanceof SchemaOutcome.Failed failed ? failed.applied() : List.of();
  }

  /** How long it took isn't known: it has no length. */
  private static long failedStep(OtlpSpan schema, SchemaOutcome.Failed failed, long now) {
    Migration migration = failed.migration();
    if (migration != null) {
      TraceSpan step = schema.child(SpanName.MIGRATION, now);
      step.set("tenantgate.migration.version", migration.version().toString());
      step.set("tenantgate.migration.name", migration.name());
      step.failed(failed.sqlState() == null ? "failed" : failed.sqlState()).end(now);
    }
    return now;
  }

  private static void steps(
      OtlpSpan schema, @Nullable SchemaHistory history, List<Version> applied, long end) {
    Map<Version, HistoryEntry> entries = new HashMap<>();
    if (history != null) {
      history.entries().forEach(entry -> entries.put(entry.version(), entry));
    }
    long at = end;
    List<Version> last = new ArrayList<>(applied);
    java.util.Collections.reverse(last);
    for (Version version : last) {
      HistoryEntry entry = entries.get(version);
      long millis = entry == null ? 0 : Math.max(0, entry.executionMillis());
      TraceSpan step = schema.child(SpanName.MIGRATION, at - TimeUnit.MILLISECONDS.toNanos(millis));
      step.set("tenantgate.migration.version", version.toString());
      if (entry != null) {
        step.set("tenantgate.migration.name", entry.name());
      }
      step.end(at);
      at -= TimeUnit.MILLISECONDS.toNanos(millis);
    }
  }
}
