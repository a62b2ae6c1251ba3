package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An upgrade that somebody asked for, and how far it has come. Thread-safe. */
final class Operation {

  /** So many outcomes are kept of one operation; those that didn't succeed, first of all. */
  private static final int MAX_OUTCOMES = 1_000;

  private final String id;
  private final Instant startedAt = Instant.now();

  // Guarded by this.
  private final List<SchemaOutcome> failures = new ArrayList<>();
  private final List<SchemaOutcome> successes = new ArrayList<>();
  private int total;
  private int done;
  private int failed;
  private @Nullable FleetOutcome fleet;
  private @Nullable String refusal;
  private @Nullable Instant endedAt;

  /** Begins one for so many schemas. */
  Operation(String id, int total) {
    this.id = id;
    this.total = total;
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
      Throwable cause = error.getCause() == null ? error : error.getCause();
      refusal = String.valueOf(cause.getMessage());
    }
    end();
  }

  /** Why it couldn't begin; null if it could. */
  synchronized @Nullable String refusal() {
    return refusal;
  }

  synchronized boolean ended() {
    return endedAt != null;
  }

  /** The outcomes that weren't what was asked for. */
  synchronized List<SchemaOutcome> failures() {
    return List.copyOf(failures);
  }

  synchronized ObjectNode json() {
    ObjectNode json = Json.object();
    json.put("id", id);
    json.put("state", state());
    json.put("total", total);
    json.put("done", done);
    json.put("failed", failed);
    json.put("started_at", startedAt.toString());
    json.put("ended_at", endedAt == null ? null : endedAt.toString());
    putFleet(json);
    ArrayNode outcomes = json.putArray("outcomes");
    failures.forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    successes.stream()
        .limit(MAX_OUTCOMES - failures.size())
        .forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    return json;
  }

  private String state() {
    if (endedAt == null) {
      return "running";
    }
    return failed == 0 && refusal == null ? "succeeded" : "failed";
  }

  private void putFleet(ObjectNode json) {
    FleetOutcome ended = fleet;
    if (ended != null) {
      FleetStop stop = ended.stop();
      json.put("run", ended.run());
      json.put("stopped", stop == null ? null : stop.label());
      json.put("not_tried", ended.skipped().size());
    }
    if (refusal != null) {
      json.put("error", refusal);
    }
  }
}
