package dev.tenantgate.migrator.changelog;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The directives in a migration's comments: {@code -- tenantgate: lock-timeout=5s online}.
 * Immutable.
 *
 * @param lockTimeout how long it waits for a lock, in place of {@code migrations.lock-timeout};
 *     null if it says nothing
 * @param statementTimeout how long each of its statements may run, in place of {@code
 *     migrations.statement-timeout}; null if it says nothing
 * @param online whether it is safe while the application works in the schema
 * @param noTransaction whether each of its statements is committed by itself
 * @param environments the environments that it is meant for, in lower case; empty if for all
 * @param ignored the rules that don't count for it
 */
public record Directives(
    @Nullable Duration lockTimeout,
    @Nullable Duration statementTimeout,
    boolean online,
    boolean noTransaction,
    Set<String> environments,
    Set<LintRule> ignored) {

  /** Nothing is asked for. */
  public static final Directives NONE =
      new Directives(null, null, false, false, Set.of(), Set.of());

  public Directives {
    environments = Set.copyOf(environments);
    ignored = Set.copyOf(ignored);
  }

  /** These, and where they say nothing, the others. */
  Directives orElse(Directives others) {
    return new Directives(
        lockTimeout == null ? others.lockTimeout : lockTimeout,
        statementTimeout == null ? others.statementTimeout : statementTimeout,
        online || others.online,
        noTransaction || others.noTransaction,
        environments.isEmpty() ? others.environments : environments,
        both(ignored, others.ignored));
  }

  private static Set<LintRule> both(Set<LintRule> some, Set<LintRule> others) {
    Set<LintRule> both = new HashSet<>(some);
    both.addAll(others);
    return both;
  }

  /** Whether a migration with these is applied in an environment; null is one without a name. */
  boolean isFor(@Nullable String environment) {
    return environments.isEmpty()
        || (environment != null && environments.contains(Environments.normalized(environment)));
  }

  /** The environments for a message: {@code production, staging}. */
  String environmentsSpoken() {
    return String.join(", ", new TreeSet<>(environments));
  }
}
