package dev.tenantgate.migrator.lint;

import dev.tenantgate.migrator.changelog.LintRule;

/** Takes what is found in one part of a migration. */
@FunctionalInterface
interface Findings {

  /**
   * Takes one.
   *
   * @param line the line of the script
   * @param message what is unwise, and what would be better
   */
  void add(LintRule rule, int line, String message);
}
