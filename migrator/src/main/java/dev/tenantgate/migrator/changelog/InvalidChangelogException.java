package dev.tenantgate.migrator.changelog;

import java.util.List;

/** Migrations that can't be used; carries everything that was found, not just the first. */
public final class InvalidChangelogException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<ChangelogProblem> problems;

  InvalidChangelogException(List<ChangelogProblem> problems) {
    super(
        problems.size() == 1
            ? problems.get(0).toString()
            : "%d errors in the migrations, the first is %s"
                .formatted(problems.size(), problems.get(0)));
    this.problems = List.copyOf(problems);
  }

  /** The errors, by file and line. */
  public List<ChangelogProblem> problems() {
    return problems;
  }
}
