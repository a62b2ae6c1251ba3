package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.connection.ExecutionStrategy;
import dev.tenantgate.migrator.plan.Step;
import org.jspecify.annotations.Nullable;

/** Tells which steps can share a transaction, and which are safe beside others'. Stateless. */
public final class StepRules {

  private StepRules() {}

  /**
   * Whether a step is safe while transactions are under way, by its own word or, as CREATE INDEX
   * CONCURRENTLY, by what it is; what only changes the history is as well.
   */
  public static boolean isOnline(Step step) {
    MigrationPart part = step.part();
    return part == null
        || part.directives().online()
        || (!part.transactional() && !part.directives().noTransaction());
  }

  /** Whether one that follows in the same transaction begins as in one of its own. */
  static boolean leavesNothing(Step step) {
    MigrationPart part = step.part();
    return part == null || !part.touchesSession();
  }

  /** Whether a step may be in one transaction with those before it. */
  static boolean mayFollow(ExecutionStrategy strategy, Step step) {
    return strategy.hasTransactionalDdl() && aloneIn(strategy, step) == null;
  }

  /** The statements of a step that are committed one by one; null if it runs in a transaction. */
  static @Nullable SqlPart aloneIn(ExecutionStrategy strategy, Step step) {
    return step.part() instanceof SqlPart part
            && !(part.transactional() && strategy.hasTransactionalDdl())
        ? part
        : null;
  }
}
