package dev.tenantgate.migrator.run;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.plan.Step;
import java.time.Duration;
import java.util.List;

/**
 * On which terms schemas share a transaction. While it runs, what was done to the first keeps that
 * one's application waiting for the last: it has to be short, and gives way to anybody. Immutable.
 *
 * @param longest how long it may take, the statement that is running not counted
 * @param lockTimeout how long it waits for a lock: far less than it takes the server to look for
 *     deadlocks, so that nobody else's transaction is ever ended for it
 * @param statementTimeout how long a statement may take
 */
record GroupTerms(Duration longest, Duration lockTimeout, Duration statementTimeout) {

  private static final Duration LONGEST = Duration.ofMillis(250);

  /** Larger migrations aren't what groups are for, in characters of all that a schema is sent. */
  private static final int MAX_TEXT = MessagePieces.WHOLE / (2 * GroupSize.MOST);

  /** The terms that keep to the settings: nobody is kept waiting longer than by one schema. */
  static GroupTerms of(MigrationSettings settings) {
    Duration lockTimeout = settings.lockTimeout();
    Duration longest = lockTimeout.isZero() ? LONGEST : shorter(LONGEST, lockTimeout.dividedBy(4));
    longest = atLeast(Duration.ofMillis(4), longest);
    Duration statement = settings.statementTimeout();
    return new GroupTerms(
        longest, longest.dividedBy(4), statement.isZero() ? longest : shorter(longest, statement));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration atLeast(Duration least, Duration duration) {
    return duration.compareTo(least) < 0 ? least : duration;
  }

  /** What a transaction is meant to take: what it may take, and some room. */
  Duration aim() {
    return longest.dividedBy(3);
  }

  /**
   * Whether steps may be taken of several schemas in one transaction: plain SQL that leaves nothing
   * behind for the next schema, and asks for no terms of its own.
   */
  static boolean fit(List<Step> steps) {
    long length = 0;
    for (Step step : steps) {
      if (!(step instanceof Step.Apply apply)
          || !(apply.part() instanceof SqlPart part)
          || !part.transactional()
          || part.touchesSession()
          || hasTimeouts(part.directives())) {
        return false;
      }
      length += part.sql().length();
    }
    return length <= MAX_TEXT;
  }

  private static boolean hasTimeouts(Directives directives) {
    return directives.lockTimeout() != null || directives.statementTimeout() != null;
  }
}
