package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.schema.ObservedHistory;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.SchemaProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the work by the histories: sorts schemas into those that lack nothing, those whose failure
 * stands, and those to be tried. Confined to one thread.
 */
final class FleetSurvey {

  /** So many histories are remembered that other schemas may have as well. */
  private static final int KINDS = 16;

  private final FleetRequest request;
  private final Consumer<SchemaOutcome> settled;
  private final @Nullable Instant resumedRunBegan;
  private final List<SchemaRef> pending = new ArrayList<>();
  private final List<SchemaRef> failed = new ArrayList<>();
  private final List<SchemaRef> leftAlone = new ArrayList<>();
  private final Map<SchemaRef, ObservedHistory> seen = new HashMap<>();

  /** By the history's table and digest: few fleets have more than a handful of histories. */
  private final Map<String, ObservedHistory.Work> work = new HashMap<>();

  private final Deque<Kind> kinds = new ArrayDeque<>();

  private @Nullable Map<String, Long> tokens;
  private HistoryMarks marks = HistoryMarks.NONE;

  /**
   * The work that a history leads to.
   *
   * @param done whether the schema lacks nothing
   * @param failure why it isn't tried again; null if it is, or lacks nothing
   * @param unmanaged why it is left alone; null if it isn't
   * @param work what can be done in one message; null where it takes a closer look
   */
  private record Judgement(
      boolean done,
      @Nullable String failure,
      @Nullable Unmanaged unmanaged,
      ObservedHistory.@Nullable Work work) {}

  /**
   * A history, by what doesn't name its schema, and what it comes to. Histories that the registry
   * tells are the same share one list of entries: for those of a fleet there is but one comparison
   * with the changelog.
   */
  private record Kind(
      List<HistoryEntry> entries,
      boolean exists,
      boolean table,
      boolean blank,
      Judgement judgement) {

    @SuppressWarnings("ReferenceEquality") // to compare entries takes as long as to judge them
    boolean isOf(SchemaHistory history) {
      return entries == history.entries()
          && exists == history.exists()
          && table == history.table()
          && blank == history.blank()
          && history.unmanaged() == null
          && history.unreadable() == null;
    }
  }

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
    Judgement judgement = judgement(history, mustSucceed);
    if (judgement.done()) {
      settled.accept(new SchemaOutcome.UpToDate(schema));
      return false;
    }
    Unmanaged unmanaged = judgement.unmanaged();
    if (unmanaged != null) {
      leftAlone.add(schema);
      settled.accept(new SchemaOutcome.Unmanaged(unmanaged));
      return false;
    }
    String failure = judgement.failure();
    if (failure == null) {
      pending.add(schema);
      seen.put(schema, ObservedHistory.of(history, ahead(schema, judgement.work())));
    } else {
      failed.add(schema);
      settled.accept(
          new SchemaOutcome.Failed(schema, List.of(), null, null, failure, Duration.ZERO));
    }
    return failure == null;
  }

  private Judgement judgement(SchemaHistory history, boolean mustSucceed) {
    // Public has migrations of its own, and what failed counts otherwise in a resumed run.
    boolean likeOthers =
        !history.schema().isPublic()
            && resumedRunBegan == null
            && history.external() == null
            && !(request.goal() instanceof Goal.UndoAdopt);
    if (likeOthers) {
      for (Kind kind : kinds) {
        if (kind.isOf(history)) {
          return kind.judgement();
        }
      }
    }
    SchemaPlan plan = request.goal().plan(history, request.changelog());
    Judgement judgement = judge(history, plan, mustSucceed);
    // Objections and failures name the schema.
    if (likeOthers
        && history.unreadable() == null
        && history.unmanaged() == null
        && plan.objection() == null
        && judgement.failure() == null) {
      remember(
          new Kind(
              history.entries(), history.exists(), history.table(), history.blank(), judgement));
    }
    return judgement;
  }

  private void remember(Kind kind) {
    if (kinds.size() == KINDS) {
      kinds.removeLast();
    }
    kinds.addFirst(kind);
  }

  private Judgement judge(SchemaHistory history, SchemaPlan plan, boolean mustSucceed) {
    if (plan.isDone()) {
      return new Judgement(true, null, null, null);
    }
    if (plan.unmanaged() != null) {
      return new Judgement(false, null, plan.unmanaged(), null);
    }
    String failure = standingFailure(history, mustSucceed);
    return new Judgement(false, failure, null, failure == null ? workOf(history, plan) : null);
  }

  private ObservedHistory.@Nullable Work workOf(SchemaHistory history, SchemaPlan plan) {
    // Of other goals the steps may tell more of a history than its digest does.
    boolean shared = request.goal() instanceof Goal.Up && !history.schema().isPublic();
    boolean usual =
        plan.objection() == null && history.unmanaged() == null && history.external() == null;
    if (tokens != null && plan.objection() == null && isOfOneSchema(request.goal())) {
      return new ObservedHistory.Work(new SchemaProgress(history), plan.steps());
    }
    if (tokens == null || !shared || !usual) {
      return null;
    }
    SchemaProgress progress = new SchemaProgress(history);
    if (progress.hasBegun()) {
      return null;
    }
    String kind = history.table() + " " + history.blank() + " " + progress.digest();
    return work.computeIfAbsent(kind, same -> new ObservedHistory.Work(progress, plan.steps()));
  }

  /** Whether what there is to do is of the schema alone, and is confirmed while it is done. */
  private static boolean isOfOneSchema(Goal goal) {
    return goal instanceof Goal.Adopt || goal instanceof Goal.UndoAdopt;
  }

  /** The work for it in one message, as long as nobody has its lease. */
  private ObservedHistory.@Nullable Ahead ahead(
      SchemaRef schema, ObservedHistory.@Nullable Work toDo) {
    Map<String, Long> seenTokens = tokens;
    long token = seenTokens == null ? -1 : seenTokens.getOrDefault(schema.schema(), 0L);
    return token < 0 || toDo == null
        ? null
        : new ObservedHistory.Ahead(toDo, token, marks.bySchema().get(schema.schema()));
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

  /** The schemas to be tried, in the order in which they were taken. */
  List<SchemaRef> pending() {
    return pending;
  }

  /** The schemas whose failure stands. */
  List<SchemaRef> failed() {
    return failed;
  }

  /** The schemas of which no history tells what is in them. */
  List<SchemaRef> leftAlone() {
    return leftAlone;
  }

  /** The observation of a schema's history. */
  ObservedHistory seen(SchemaRef schema) {
    return seen.getOrDefault(schema, ObservedHistory.NONE);
  }
}
