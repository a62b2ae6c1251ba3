package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.tenantgate.migrator.history.RecordedRun;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The JSON of a run over many schemas, and its line. */
@JsonNaming(SnakeCaseStrategy.class)
@JsonPropertyOrder({
  "run",
  "goal",
  "scope",
  "state",
  "reason",
  "total",
  "done",
  "failed",
  "left",
  "by",
  "holder",
  "started_at",
  "ended_at",
})
record RunReport(
    long run,
    String goal,
    String scope,
    String state,
    @Nullable String reason,
    int total,
    int done,
    int failed,
    int left,
    String by,
    String holder,
    String startedAt,
    @Nullable String endedAt) {

  static RunReport of(RecordedRun run) {
    Instant endedAt = run.endedAt();
    return new RunReport(
        run.id(),
        run.goal(),
        run.scope(),
        run.state().label(),
        run.reason(),
        run.total(),
        run.done(),
        run.failed(),
        run.left(),
        run.by(),
        run.holder(),
        run.startedAt().toString(),
        endedAt == null ? null : endedAt.toString());
  }

  static String line(RecordedRun run) {
    return "Run %d (%s, %s) by %s at %s: %s%s; %d of %d done, %d failed"
        .formatted(
            run.id(),
            run.goal(),
            run.scope(),
            run.by(),
            run.startedAt().truncatedTo(ChronoUnit.SECONDS),
            run.state().label(),
            run.reason() == null ? "" : ", since " + run.reason(),
            run.done(),
            run.total(),
            run.failed());
  }
}
