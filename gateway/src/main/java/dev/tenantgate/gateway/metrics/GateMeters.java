package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.gate.AdmissionReason;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Admissions, holds and migrations, counted from the gate's events. Thread-safe. */
final class GateMeters implements GateEvents {

  private static final Duration[] HOLD_BUCKETS =
      seconds(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300);
  private static final Duration[] MIGRATION_BUCKETS =
      seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600);

  private final Map<Answer, Map<AdmissionReason, Counter>> admissions = new EnumMap<>(Answer.class);
  private static final Duration[] DRAIN_BUCKETS =
      seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

  private final @Nullable Tracing tracing;
  private final Timer drained;
  private final Timer putOff;
  private final Timer brokenOff;
  private final Timer holds;
  private final Timer migrations;
  private final Counter succeeded;
  private final Counter failed;
  private final Counter retried;

  GateMeters(MeterRegistry registry, @Nullable Tracing tracing) {
    this.tracing = tracing;
    for (Answer answer : Answer.values()) {
      Map<AdmissionReason, Counter> byReason = new EnumMap<>(AdmissionReason.class);
      for (AdmissionReason reason : AdmissionReason.values()) {
        if (reason.belongsTo(answer)) {
          byReason.put(reason, admission(registry, answer, reason));
        }
      }
      admissions.put(answer, byReason);
    }
    holds =
        Timer.builder("tenantgate.hold")
            .description("How long connections were held.")
            .serviceLevelObjectives(HOLD_BUCKETS)
            .register(registry);
    migrations =
        Timer.builder("tenantgate.migration")
            .description("How long the migration of one schema took.")
            .serviceLevelObjectives(MIGRATION_BUCKETS)
            .register(registry);
    drained = drain(registry, "quiet");
    putOff = drain(registry, "put_off");
    brokenOff = drain(registry, "broken_off");
    succeeded = outcome(registry, "success");
    failed = outcome(registry, "failed");
    retried = outcome(registry, "retried");
  }

  @Override
  public void answered(Answer answer, AdmissionReason reason) {
    Map<AdmissionReason, Counter> byReason = admissions.get(answer);
    Counter counter = byReason == null ? null : byReason.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration held, @Nullable TraceSpan span) {
    CurrentSpan.record(span, () -> holds.record(held));
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    boolean migrated = outcome instanceof SchemaOutcome.Migrated;
    if (migrated || outcome instanceof SchemaOutcome.Failed) {
      (migrated ? succeeded : failed).increment();
      TraceSpan span = tracing == null ? null : tracing.migrationOf(schema);
      CurrentSpan.record(span, () -> migrations.record(elapsed));
    }
  }

  @Override
  public void migrationRetried(SchemaRef schema, int attempt, String sqlState) {
    retried.increment();
  }

  @Override
  public void drainEnded(SchemaRef schema, DrainEnd end) {
    if (end instanceof DrainEnd.Quiet quiet) {
      drained.record(quiet.elapsed());
    } else if (end instanceof DrainEnd.TimedOut late) {
      putOff.record(late.elapsed());
    } else {
      brokenOff.record(Duration.ZERO);
    }
  }

  private static Timer drain(MeterRegistry registry, String outcome) {
    return Timer.builder("tenantgate.drain")
        .description("How long migrations waited for the transactions under way on a schema.")
        .tag("outcome", outcome)
        .serviceLevelObjectives(DRAIN_BUCKETS)
        .register(registry);
  }

  private static Counter admission(MeterRegistry registry, Answer answer, AdmissionReason reason) {
    return Counter.builder("tenantgate.admissions")
        .description("Answers of the gate to connections.")
        .tag("decision", answer.name().toLowerCase(Locale.ROOT))
        .tag("reason", reason.label())
        .register(registry);
  }

  private static Counter outcome(MeterRegistry registry, String outcome) {
    return Counter.builder("tenantgate.migrations")
        .description("Migrations of schemas that ended, or were put off and tried again.")
        .tag("outcome", outcome)
        .register(registry);
  }

  static Duration[] seconds(double... seconds) {
    Duration[] durations = new Duration[seconds.length];
    for (int i = 0; i < seconds.length; i++) {
      durations[i] = Duration.ofNanos(Math.round(seconds[i] * 1e9));
    }
    return durations;
  }
}
