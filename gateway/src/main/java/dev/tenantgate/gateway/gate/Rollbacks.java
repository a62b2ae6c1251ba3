package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Takes migrations of one schema back, as an operator asks for it. The schema's lease keeps
 * upgrades of it away meanwhile. Sessions of the tenant are judged by the new history afterwards:
 * where the gate requires more, they are held or rejected. Thread-safe.
 *
 * @param migration takes migrations of a schema back
 * @param upgrades bring the directory up to date
 * @param threads run them; they block
 * @param ended is told of the schema, behind everything else
 */
record Rollbacks(
    Reversal migration,
    UpgradeService upgrades,
    Executor threads,
    LongSupplier nanoTime,
    GateEvents events,
    Consumer<SchemaRef> ended) {

  /** Brings one schema back; never throws for what happens to the schema. */
  interface Reversal {
    SchemaOutcome run(Changelog changelog, SchemaRef schema, Goal.Down goal);
  }

  /** Begins one; never fails. */
  CompletionStage<SchemaOutcome> begin(Changelog changelog, SchemaRef schema, Goal.Down goal) {
    CompletableFuture<SchemaOutcome> outcome = new CompletableFuture<>();
    try {
      threads.execute(() -> outcome.complete(run(changelog, schema, goal)));
    } catch (RejectedExecutionException e) {
      outcome.complete(new SchemaOutcome.Unreachable(schema, "the gateway is shutting down"));
    }
    return outcome;
  }

  private SchemaOutcome run(Changelog changelog, SchemaRef schema, Goal.Down goal) {
    long began = nanoTime.getAsLong();
    events.migrationStarted(schema);
    SchemaOutcome outcome;
    try {
      outcome = upgrades.readAfter(migration.run(changelog, schema, goal));
    } catch (RuntimeException e) {
      outcome =
          new SchemaOutcome.Failed(schema, List.of(), null, null, String.valueOf(e), Duration.ZERO);
    }
    events.migrationEnded(schema, outcome, Duration.ofNanos(nanoTime.getAsLong() - began));
    ended.accept(schema);
    return outcome;
  }
}
