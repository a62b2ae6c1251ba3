package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the histories say that there is to do: sorts schemas into those that lack nothing, those
 * whose failure stands, and those to be tried. Confined to one thread.
 */
final class FleetSurvey {

  private final FleetRequest request;
  private final Consumer<SchemaOutcome> settled;
  private final @Nullable Instant resumedRunBegan;
  private final List<SchemaRef> pending = new ArrayList<>();
  private final List<SchemaRef> failed = new ArrayList<>();
  private final Map<SchemaRef, HistorySighting> seen = new HashMap<>();

  /** By the history's table and digest: few fleets have more than a handful of histories. */
  private final Map<String, HistorySighting.Work> work = new HashMap<>();

  private @Nullable Map<String, Long> tokens;
  private HistoryMarks marks = HistoryMarks.NONE;

  /**
   * Begins a survey.
   *
   * @param settled told of those that needn't be tried
   * @param resumedRunBegan when the run began that is gone on with: what failed since isn't tried
   *     again; null for another run
   */
  FleetSurvey(
      FleetRequest request, Consumer<SchemaOutcome> settled, @Nullable Instant resumedRunBegan) {
    this.request = request;
    this.settled = settled;
    this.resumedRunBegan = resumedRunBegan;
  }

  /**
   * Sorts a schema in.
   *
   * @param mustSucceed whether others wait for it, so that it is tried again in a resumed run
   * @return whether it is to be tried
   */
  boolean take(SchemaHistory history, boolean mustSucceed) {
    SchemaRef schema = history.schema();
    SchemaPlan plan = request.goal().plan(history, request.changelog());
    if (plan.isDone()) {
      settled.accept(new SchemaOutcome.UpToDate(schema));
      return false;
    }
    String failure = standingFailure(history, mustSucceed);
    if (failure == null) {
      pending.add(schema);
      seen.put(schema, HistorySighting.of(history, ahead(history, plan)));
    } else {
      failed.add(schema);
      settled.accept(
          new SchemaOutcome.Failed(schema, List.of(), null, null, failure, Duration.ZERO));
    }
    return failure == null;
  }

  /** What can be done in one message; null where it takes a closer look. */
  private HistorySighting.@Nullable Ahead ahead(SchemaHistory history, SchemaPlan plan) {
    Map<String, Long> seenTokens = tokens;
    // Of other goals the steps may tell more of a history than its digest does.
    boolean shared = request.goal() instanceof Goal.Up && !history.schema().isPublic();
    if (seenTokens == null || !shared || plan.objection() != null) {
      return null;
    }
    long token = seenTokens.getOrDefault(history.schema().schema(), 0L);
    SchemaProgress progress = new SchemaProgress(history);
    if (token < 0 || progress.hasBegun()) {
      return null;
    }
    String kind = history.table() + progress.digest();
    return new HistorySighting.Ahead(
        work.computeIfAbsent(kind, same -> new HistorySighting.Work(progress, plan.steps())),
        token,
        marks.bySchema().get(history.schema().schema()));
  }

  /** Notes the leases' tokens, as they were before the histories are read. */
  void leases(Map<String, Long> seenTokens) {
    tokens = seenTokens;
  }

  /** Notes the histories' marks, as they were before those are read. */
  void marks(HistoryMarks seenMarks) {
    marks = seenMarks;
  }

  /** Why it isn't tried again; null if it is. */
  private @Nullable String standingFailure(SchemaHistory history, boolean mustSucceed) {
    if (!(request.goal() instanceof Goal.Up up)) {
      return null;
    }
    Instant began = resumedRunBegan;
    boolean since =
        began != null
            && !mustSucceed
            && history.entries().stream().anyMatch(entry -> failedSince(entry, began));
    if (request.retryFailed() && !since) {
      return null;
    }
    SchemaStatus status = SchemaStatus.of(history, request.changelog(), up.target());
    return status.state() == SchemaState.FAILED ? status.error() : null;
  }

  private static boolean failedSince(HistoryEntry entry, Instant began) {
    return !entry.succeeded() && !entry.appliedAt().isBefore(began);
  }

  /** Those to be tried, in the order in which they were taken. */
  List<SchemaRef> pending() {
    return pending;
  }

  /** Those whose failure stands. */
  List<SchemaRef> failed() {
    return failed;
  }

  /** What was seen of a schema's history. */
  HistorySighting seen(SchemaRef schema) {
    return seen.getOrDefault(schema, HistorySighting.NONE);
  }
}
