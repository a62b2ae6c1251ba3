package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An upgrade that somebody asked for, and how far it has come. Thread-safe. */
final class Operation {

  /** So many outcomes are kept of one operation; those that didn't succeed, first of all. */
  private static final int MAX_OUTCOMES = 1_000;

  private final String id;
  private final int total;
  private final Instant startedAt = Instant.now();

  // Guarded by this.
  private final List<SchemaOutcome> failures = new ArrayList<>();
  private final List<SchemaOutcome> successes = new ArrayList<>();
  private int done;
  private int failed;
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

  synchronized void end() {
    endedAt = Instant.now();
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
    json.put("state", endedAt == null ? "running" : failed == 0 ? "succeeded" : "failed");
    json.put("total", total);
    json.put("done", done);
    json.put("failed", failed);
    json.put("started_at", startedAt.toString());
    json.put("ended_at", endedAt == null ? null : endedAt.toString());
    ArrayNode outcomes = json.putArray("outcomes");
    failures.forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    successes.stream()
        .limit(MAX_OUTCOMES - failures.size())
        .forEach(outcome -> outcomes.add(TenantJson.outcome(outcome)));
    return json;
  }
}
