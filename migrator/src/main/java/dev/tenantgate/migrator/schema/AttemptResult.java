package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.List;

/** The result of one try at a schema. */
sealed interface AttemptResult {

  /** There is nothing more to try. */
  record Ended(SchemaOutcome outcome) implements AttemptResult {}

  /**
   * Somebody else was in the way; nothing of what failed is left.
   *
   * @param applied what was applied all the same, before it
   */
  record InTheWay(List<Version> applied, SqlFailure failure) implements AttemptResult {}

  /**
   * The next step can't be in a transaction, and has a phase of its own.
   *
   * @param applied what was applied before it
   */
  record NeedsOwnPhase(List<Version> applied) implements AttemptResult {}

  /**
   * The applied migrations left something in the session; the rest needs another connection.
   *
   * @param applied what was applied so far
   */
  record NeedsConnection(List<Version> applied) implements AttemptResult {}

  /**
   * Gateways have to let the schema's transactions end first. The lease is held, and is the run's
   * now.
   *
   * @param applied what was applied before
   * @param token the lease's
   * @param history as read under the lease
   */
  record NeedsDrain(List<Version> applied, long token, SchemaHistory history)
      implements AttemptResult {}

  /**
   * The connection was lost; what came of the last message isn't known.
   *
   * @param applied what was applied before it
   */
  record Lost(List<Version> applied, SqlFailure failure) implements AttemptResult {}

  /** Another process has the lease. */
  record Leased(List<Version> applied, String holder) implements AttemptResult {}
}
