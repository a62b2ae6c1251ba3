package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.fleet.RunRefusedException;
import dev.tenantgate.migrator.history.RecordedOperation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** An upgrade that somebody asked for, and how far it has come. Thread-safe. */
final class Operation {

  /** So many outcomes are kept of one operation; those that didn't succeed, first of all. */
  private static final int MAX_OUTCOMES = 1_000;

  private final String id;
  private final @Nullable String tenant;
  private final String by;
  private final String holder;
  private final Instant startedAt = Instant.now();

  // Guarded by this.
  private final List<SchemaOutcome> failures = new ArrayList<>();
  private final List<SchemaOutcome> successes = new ArrayList<>();
  private int total;
  private int done;
  private int failed;
  private @Nullable FleetOutcome fleet;
  private @Nullable String refusal;
  private boolean conflict;
  private @Nullable Instant endedAt;
  private @Nullable String cancelledBy;
  private Runnable cancelling = () -> {};

  /**
   * Begins one.
   *
   * @param tenant the tenant that it is for; null for all
   * @param by who asked for it
   * @param holder this process
   * @param total for so many schemas
   */
  Operation(String id, @Nullable String tenant, String by, String holder, int total) {
    this.id = id;
    this.tenant = tenant;
    this.by = by;
    this.holder = holder;
    this.total = total;
  }

  /** Takes the way to cancel it. */
  synchronized void cancelBy(Runnable way) {
    cancelling = way;
  }

  /** Cancels it, once more if it still goes on. */
  void cancel(String asker) {
    Runnable way;
    synchronized (this) {
      if (endedAt != null) {
        return;
      }
      cancelledBy = asker;
      way = cancelling;
    }
    way.run();
  }

  /** As the registry keeps it; once it has ended, in its own words as well. */
  synchronized RecordedOperation recorded() {
    return recorded(endedAt == null ? null : Json.text(json()));
  }

  private RecordedOperation recorded(@Nullable String answer) {
    return new RecordedOperation(
        id,
        tenant,
        by,
        holder,
        startedAt,
        endedAt,
        state(),
        total,
        done,
        failed,
        fleet == null ? null : fleet.run(),
        cancelledBy,
        answer);
  }

  String id() {
    return id;
  }

  String path() {
    return "/api/v1/operations/" + id;
  }

  synchronized void add(SchemaOutcome outcome) {
    done++;
    if (!outcome.succeeded()) {
      failed++;
    }
    List<SchemaOutcome> kept = outcome.succeeded() ? successes : failures;
    if (kept.size() < MAX_OUTCOMES) {
      kept.add(outcome);
    }
  }

  /** Learns how many schemas it is for. */
  synchronized void expect(int schemas) {
    total = schemas;
  }

  synchronized void end() {
    endedAt = Instant.now();
  }

  /** Ends an operation on all schemas: with how the run ended, or with why it couldn't begin. */
  synchronized void end(@Nullable FleetOutcome outcome, @Nullable Throwable error) {
    fleet = outcome;
    if (error != null) {
      Throwable cause =
          error instanceof CompletionException && error.getCause() != null
              ? error.getCause()
              : error;
      refusal = String.valueOf(cause.getMessage());
      conflict = cause instanceof RunRefusedException;
    }
    end();
  }

  /** Why it couldn't begin; null if it could. */
  synchronized @Nullable String refusal() {
    return refusal;
  }

  /** Whether that was because of another run, or of what was asked for. */
  synchronized boolean isConflict() {
    return conflict;
  }

  synchronized boolean ended() {
    return endedAt != null;
  }

  /** The outcomes that weren't what was asked for. */
  synchronized List<SchemaOutcome> failures() {
    return List.copyOf(failures);
  }

  synchronized ObjectNode json() {
    ObjectNode json = json(recorded(null));
    putFleet(json);
    ArrayNode outcomes = json.putArray("outcomes");
    failures.forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    successes.stream()
        .limit(MAX_OUTCOMES - failures.size())
        .forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    return json;
  }

  /** One that another gateway has, or has had. */
  static ObjectNode json(RecordedOperation recorded) {
    Instant endedAt = recorded.endedAt();
    ObjectNode json = Json.object();
    json.put("id", recorded.id());
    json.put("tenant", recorded.tenant());
    json.put("state", recorded.state());
    json.put("total", recorded.total());
    json.put("done", recorded.done());
    json.put("failed", recorded.failed());
    json.put("by", recorded.by());
    json.put("holder", recorded.holder());
    json.put("cancelled_by", recorded.cancelledBy());
    json.put("started_at", recorded.startedAt().toString());
    json.put("ended_at", endedAt == null ? null : endedAt.toString());
    if (recorded.tenant() == null) {
      json.put("run", recorded.run());
    }
    return json;
  }

  private String state() {
    if (endedAt == null) {
      return RecordedOperation.RUNNING;
    }
    if (wasCancelled()) {
      return "cancelled";
    }
    return failed == 0 && refusal == null ? "succeeded" : "failed";
  }

  private boolean wasCancelled() {
    return fleet == null
        ? failures.stream().anyMatch(SchemaOutcome.Cancelled.class::isInstance)
        : fleet.stop() == FleetStop.CANCELLED;
  }

  private void putFleet(ObjectNode json) {
    FleetOutcome ended = fleet;
    if (ended != null) {
      FleetStop stop = ended.stop();
      json.put("stopped", stop == null ? null : stop.label());
      json.put("not_tried", ended.skipped().size());
    }
    if (refusal != null) {
      json.put("error", refusal);
    }
  }
}
