package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A dump by pg_dump as a migration. The dump puts the dumped schema before each name; the schema
 * that is migrated takes its place. Objects that the dump doesn't make itself, such as functions of
 * extensions, are left where they are. Immutable.
 *
 * @param schema the dumped schema whose place others take; null for the one that the dump makes
 *     objects in
 * @param scope for which schemas the migration is
 * @param history what the history is called in every schema; the dump's own one is left out
 */
record PgDump(@Nullable String schema, MigrationScope scope, String history) {

  private static final int NAMED = 3;

  /** Whether a text is a dump, by the search path that it sets. */
  static boolean isOne(String text) {
    return text.contains("pg_catalog.set_config('search_path', ''");
  }

  /** The dump as it is run; what is wrong with it is added to the problems. */
  SplicedText adapted(String text, LineMap lines, Path file, List<ChangelogProblem> problems) {
    PgDumpNames names = PgDumpNames.read(text);
    String dumped = dumped(names);
    boolean forTenants = scope != MigrationScope.PUBLIC;
    String own =
        new PgDumpOmissions(text, dumped, forTenants, history, lines, file, problems).leaveOut();
    if (!forTenants || names.schemas().isEmpty()) {
      return new SplicedText(own, List.of());
    }
    if (dumped == null) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR,
              file,
              lines.of(1),
              ("this dump makes objects in the schemas %s; say in migrations.dump-schema which of"
                      + " them stands for the tenant's")
                  .formatted(String.join(", ", new TreeSet<>(names.schemas())))));
      return new SplicedText(own, List.of());
    }
    PgDumpRewriting rewriting = new PgDumpRewriting(own, dumped, names.of(dumped));
    SplicedText adapted = rewriting.rewrite();
    warn(rewriting, dumped, lines, file, problems);
    return adapted;
  }

  private static void warn(
      PgDumpRewriting rewriting,
      String dumped,
      LineMap lines,
      Path file,
      List<ChangelogProblem> problems) {
    for (int line : rewriting.left()) {
      problems.add(
          new ChangelogProblem(
              Severity.WARNING,
              file,
              lines.of(line),
              ("this string in a function's body names the schema %s, and stays as it is: for each"
                      + " tenant it leads there")
                  .formatted(dumped)));
    }
    if (!rewriting.notMade().isEmpty()) {
      problems.add(
          new ChangelogProblem(
              Severity.WARNING,
              file,
              lines.of(1),
              "the dump names %s without making it; dump the whole schema: pg_dump --schema %s"
                  .formatted(
                      rewriting.notMade().stream().limit(NAMED).collect(Collectors.joining(", ")),
                      dumped)));
    }
  }

  private @Nullable String dumped(PgDumpNames names) {
    if (schema != null) {
      return schema;
    }
    return names.schemas().size() == 1 ? names.schemas().iterator().next() : null;
  }
}
