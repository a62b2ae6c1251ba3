package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.JavaMigration;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads migrations that are written in Java. Their faults are problems of the changelog, as those
 * of files are. Confined to one reading.
 */
final class JavaMigrations {

  private final List<ChangelogProblem> problems;

  JavaMigrations(List<ChangelogProblem> problems) {
    this.problems = problems;
  }

  /** Adds all that are found; a service that can't be loaded leaves the others. */
  void read(Iterable<? extends JavaMigration> found, List<Migration> migrations) {
    Iterator<? extends JavaMigration> all = found.iterator();
    while (true) {
      try {
        if (!all.hasNext()) {
          return;
        }
        add(all.next(), migrations);
      } catch (ServiceConfigurationError | LinkageError e) {
        error("META-INF/services/" + JavaMigration.class.getName(), e);
      }
    }
  }

  private void add(JavaMigration code, List<Migration> migrations) {
    String className = code.getClass().getName();
    try {
      migrations.add(migration(code, className));
    } catch (RuntimeException | LinkageError e) {
      error(className, e);
    }
  }

  private Migration migration(JavaMigration code, String className) {
    Directives directives =
        new Directives(
            code.lockTimeout(),
            code.statementTimeout(),
            code.online(),
            false,
            code.environments().stream()
                .map(Environments::normalized)
                .collect(Collectors.toUnmodifiableSet()),
            Set.of());
    JavaPart down = null;
    if (code instanceof JavaMigration.Reversible reversible) {
      down = new JavaPart(reversible::down, className, directives);
    } else {
      problems.add(
          new ChangelogProblem(
              Severity.WARNING,
              Path.of(className),
              0,
              "this migration has no way down (it isn't JavaMigration.Reversible)"));
    }
    if (code.name().isBlank() || code.name().length() > 255) {
      throw new IllegalArgumentException("its name must have 1 to 255 characters");
    }
    return new Migration(
        new Version(code.version()),
        code.name(),
        Objects.requireNonNull(code.scope(), "its scope is null"),
        code.description(),
        new JavaPart(code::up, className, directives),
        down,
        Checksum.of("java " + code.revision()),
        Path.of(className),
        new TreeSet<>(code.dependencies())
            .stream().map(number -> new Dependency(new Version(number), "", 0)).toList());
  }

  private void error(String where, Throwable e) {
    Throwable cause = e.getCause();
    String why = cause == null ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + cause;
    problems.add(
        new ChangelogProblem(
            Severity.ERROR,
            Path.of(where),
            0,
            "a migration written in Java can't be read: " + why));
  }
}
