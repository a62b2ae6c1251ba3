package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.DurationText;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads directives: the words behind {@code tenantgate:} in a migration's comments, parted by
 * blanks, and the older {@code Environment:}. Confined to one thread.
 */
final class DirectiveReader {

  private static final String KNOWN =
      "lock-timeout=5s, statement-timeout=1m, online, no-transaction, environment=production,"
          + " ignore=rename";

  private final Path file;
  private final List<ChangelogProblem> problems;

  DirectiveReader(Path file, List<ChangelogProblem> problems) {
    this.file = file;
    this.problems = problems;
  }

  /** Reads all of a header. */
  Directives read(MigrationHeader header) {
    Directives all = Directives.NONE;
    for (MigrationHeader.Entry entry : header.entries()) {
      switch (entry.key()) {
        case "tenantgate" -> {
          // "ignore rename" is what other linters have, "ignore=rename" what all directives look
          // like.
          String value =
              entry.value().replaceAll("\\bignore\\s+", "ignore=").replaceAll(",\\s+", ",");
          for (String word : value.split("\\s+", -1)) {
            all = all.orElse(directive(word, entry.line()));
          }
        }
        case "environment", "migration_environment" ->
            all = all.orElse(forEnvironments(entry.value()));
        default -> {}
      }
    }
    return all;
  }

  private Directives directive(String word, int line) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    String value = equals < 0 ? "" : word.substring(equals + 1);
    if (word.equals("online")) {
      return new Directives(null, null, true, false, Set.of(), Set.of());
    }
    if (word.equals("no-transaction")) {
      return new Directives(null, null, false, true, Set.of(), Set.of());
    }
    if (equals > 0) {
      switch (name) {
        case "lock-timeout" -> {
          return new Directives(
              duration(word, value, line), null, false, false, Set.of(), Set.of());
        }
        case "statement-timeout" -> {
          return new Directives(
              null, duration(word, value, line), false, false, Set.of(), Set.of());
        }
        case "environment" -> {
          return forEnvironments(value);
        }
        case "ignore" -> {
          return new Directives(null, null, false, false, Set.of(), rules(value, line));
        }
        default -> {}
      }
    }
    error(line, "\"%s\" is no directive; there are: %s".formatted(word, KNOWN));
    return Directives.NONE;
  }

  private Set<LintRule> rules(String list, int line) {
    Set<LintRule> rules = new HashSet<>();
    for (String id : list.split(",", -1)) {
      LintRule.parse(id)
          .ifPresentOrElse(
              rules::add,
              () ->
                  error(
                      line,
                      "\"%s\" is no rule; there are: %s"
                          .formatted(
                              id,
                              Arrays.stream(LintRule.values())
                                  .map(LintRule::id)
                                  .collect(Collectors.joining(", ")))));
    }
    return rules;
  }

  private Duration duration(String word, String value, int line) {
    try {
      Duration duration = DurationText.read(value);
      if (!duration.isNegative()) {
        return duration;
      }
      error(line, word + ": must not be negative");
    } catch (IllegalArgumentException e) {
      error(line, word + ": " + e.getMessage());
    }
    return Duration.ZERO;
  }

  private static Directives forEnvironments(String names) {
    return new Directives(null, null, false, false, Environments.parse(names), Set.of());
  }

  private void error(int line, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
  }
}
