package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.connection.MessagePieces;
import dev.tenantgate.migrator.plan.Step;
import java.time.Duration;
import java.util.List;

/**
 * The terms on which schemas share a transaction. While it runs, the first schema's application
 * waits for the last schema: it has to be short, and gives way to anybody. Immutable.
 *
 * @param longest how long it may take; looked at each time a fifth of its schemas is done
 * @param lockTimeout how long it waits for a lock: far less than it takes the server to look for
 *     deadlocks, so that nobody else's transaction is ever ended for it
 * @param statementTimeout how long a statement may take
 */
record GroupTerms(Duration longest, Duration lockTimeout, Duration statementTimeout) {

  private static final Duration LONGEST = Duration.ofMillis(250);

  /** Larger migrations aren't what groups are for, in characters of all that a schema is sent. */
  private static final int MAX_TEXT = MessagePieces.WHOLE / (2 * GroupSize.MOST);

  /** For all groups at once, of some six thousand that a server has room for by default. */
  private static final int LOCKS = 1_600;

  /** A schema's own, its table's and the history's. */
  private static final int LOCKS_PER_SCHEMA = 8;

  /** A new table needs as many: itself, its key, what is kept outside of it. */
  private static final int LOCKS_PER_STATEMENT = 4;

  /** The terms that keep to the settings: nobody is kept waiting longer than by one schema. */
  static GroupTerms of(MigrationSettings settings) {
    Duration lockTimeout = settings.lockTimeout();
    Duration longest = lockTimeout.isZero() ? LONGEST : shorter(LONGEST, lockTimeout.dividedBy(4));
    longest = atLeast(Duration.ofMillis(4), longest);
    Duration statement = settings.statementTimeout();
    return new GroupTerms(
        longest,
        longest.dividedBy(4),
        statement.isZero() ? longest.dividedBy(2) : shorter(longest.dividedBy(2), statement));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration atLeast(Duration least, Duration duration) {
    return duration.compareTo(least) < 0 ? least : duration;
  }

  /** The intended duration of a transaction: a third of the longest one. */
  Duration aim() {
    return longest.dividedBy(3);
  }

  /**
   * How many schemas may share a transaction that takes these steps of each: plain SQL that leaves
   * nothing behind for the next schema, and asks for no terms of its own; as many as there are
   * locks for, since each keeps its own until the commit, and the application needs some as well.
   *
   * @param lanes how many transactions there are at once
   * @return 1 if none is to be shared
   */
  static int most(List<Step> steps, int lanes) {
    long length = 0;
    int locks = LOCKS_PER_SCHEMA;
    for (Step step : steps) {
      if (!(step instanceof Step.Apply apply)
          || !(apply.part() instanceof SqlPart part)
          || !part.transactional()
          || part.touchesSession()
          || hasTimeouts(part.directives())) {
        return 1;
      }
      length += part.sql().length();
      locks += LOCKS_PER_STATEMENT * part.statements().size();
    }
    return length > MAX_TEXT ? 1 : Math.max(1, Math.min(GroupSize.MOST, LOCKS / lanes / locks));
  }

  private static boolean hasTimeouts(Directives directives) {
    return directives.lockTimeout() != null || directives.statementTimeout() != null;
  }
}
