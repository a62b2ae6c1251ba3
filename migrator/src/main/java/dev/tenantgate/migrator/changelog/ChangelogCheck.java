package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks the rules among migrations: one for each number, dependencies that are there, lower, and
 * applied wherever what needs them is. Confined to one reading.
 *
 * <p>A dependency has a lower version than what depends on it, so that there can't be a cycle.
 */
final class ChangelogCheck {

  private final List<Migration> migrations;
  private final @Nullable String environment;
  private final List<ChangelogProblem> problems;
  private final Map<Version, Migration> byVersion = new TreeMap<>();

  /**
   * Prepares a check.
   *
   * @param migrations all that were found, by rising version
   * @param environment the environment that this is; null if it has no name
   */
  ChangelogCheck(
      List<Migration> migrations, @Nullable String environment, List<ChangelogProblem> problems) {
    this.migrations = migrations;
    this.environment = environment;
    this.problems = problems;
  }

  /** Looks at all of them. */
  void run() {
    for (Migration migration : migrations) {
      Migration earlier = byVersion.putIfAbsent(migration.version(), migration);
      if (earlier != null) {
        error(
            migration,
            0,
            "version %s is taken by %s; give this one a number of its own"
                .formatted(migration.version(), earlier.source()));
      }
    }
    checkGaps();
    for (Migration migration : migrations) {
      if (isHere(migration)) {
        migration.dependencies().forEach(dependency -> check(migration, dependency));
      } else {
        warning(
            migration,
            "this migration is for %s alone and isn't applied here (migrations.environment is %s)"
                .formatted(
                    migration.up().directives().environmentsSpoken(),
                    environment == null ? "not set" : environment));
      }
    }
  }

  /** Whether a migration is applied in this environment. */
  boolean isHere(Migration migration) {
    return migration.up().directives().isFor(environment);
  }

  /** Numbers that count up leave no gap; those that are dates always do and mean nothing by it. */
  private void checkGaps() {
    for (int i = 1; i < migrations.size(); i++) {
      Migration before = migrations.get(i - 1);
      Migration after = migrations.get(i);
      long step = after.version().number() - before.version().number();
      if (step > 1 && after.version().number() < 1_000_000 && !isDotted(i)) {
        problems.add(
            new ChangelogProblem(
                Severity.WARNING,
                after.source(),
                0,
                "there is no migration between %s and %s"
                    .formatted(before.version(), after.version()),
                LintRule.VERSION_GAP));
      }
    }
  }

  /** Between versions of several parts there is always room for another. */
  private boolean isDotted(int at) {
    return VersionCode.isCode(migrations.get(at - 1).version().number());
  }

  private void check(Migration migration, Dependency dependency) {
    Migration other = byVersion.get(dependency.version());
    if (dependency.version().equals(migration.version())) {
      error(migration, dependency.line(), "a migration can't depend on itself");
    } else if (other == null) {
      error(migration, dependency.line(), "there is no migration %s".formatted(dependency));
    } else if (dependency.version().compareTo(migration.version()) > 0) {
      error(
          migration,
          dependency.line(),
          "a migration depends on lower versions only, %s is higher than %s%s"
              .formatted(dependency, migration.version(), cycle(migration)));
    } else if (!dependency.name().isEmpty() && !dependency.name().equals(other.name())) {
      error(
          migration,
          dependency.line(),
          "migration %s is called %s".formatted(other.version(), other.name()));
    } else if (!isHere(other)) {
      error(
          migration,
          dependency.line(),
          "%s is for %s alone, this one isn't"
              .formatted(other, other.up().directives().environmentsSpoken()));
    } else if (other.scope() == MigrationScope.TENANT
        && migration.scope() != MigrationScope.TENANT) {
      error(
          migration,
          dependency.line(),
          "%s is applied to tenants, which public can't wait for: this one's scope is %s"
              .formatted(other, migration.scope().label()));
    }
  }

  /** The way from a migration back to itself; empty if there is none. */
  private String cycle(Migration from) {
    Map<Version, Version> cameFrom = new TreeMap<>();
    Deque<Version> open = new ArrayDeque<>(List.of(from.version()));
    while (!open.isEmpty()) {
      Version at = open.remove();
      Migration migration = byVersion.get(at);
      for (Dependency dependency :
          migration == null ? List.<Dependency>of() : migration.dependencies()) {
        if (dependency.version().equals(from.version())) {
          return "; they form a cycle: " + way(at, cameFrom) + " → " + from.version();
        }
        if (cameFrom.putIfAbsent(dependency.version(), at) == null) {
          open.add(dependency.version());
        }
      }
    }
    return "";
  }

  private static String way(Version to, Map<Version, Version> cameFrom) {
    Version before = cameFrom.get(to);
    return before == null ? to.toString() : way(before, cameFrom) + " → " + to;
  }

  private void error(Migration migration, int line, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, migration.source(), line, message));
  }

  private void warning(Migration migration, String message) {
    problems.add(new ChangelogProblem(Severity.WARNING, migration.source(), 0, message));
  }
}
