package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.UnmanagedPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of reading the migrations. Immutable.
 *
 * @param migrations those that could be read; not fit to be applied while there are errors
 * @param elsewhere those among the files that are for another environment
 * @param seedData what fills a new tenant's schema, in order
 * @param problems errors and warnings, by file and line
 * @param unmanaged what becomes of schemas that have no history
 * @param external another tool that migrates; null if none does
 * @param checkpoint what new tenants' schemas are created from; null if that is all migrations
 */
public record ChangelogReading(
    List<Migration> migrations,
    List<Migration> elsewhere,
    List<SeedFile> seedData,
    List<ChangelogProblem> problems,
    UnmanagedPolicy unmanaged,
    @Nullable ExternalTool external,
    @Nullable Checkpoint checkpoint) {

  /** The migrations that this migrator applies. */
  public ChangelogReading(
      List<Migration> migrations,
      List<Migration> elsewhere,
      List<SeedFile> seedData,
      List<ChangelogProblem> problems,
      UnmanagedPolicy unmanaged) {
    this(migrations, elsewhere, seedData, problems, unmanaged, null, null);
  }

  public ChangelogReading {
    seedData = List.copyOf(seedData);
    migrations = List.copyOf(migrations);
    elsewhere = List.copyOf(elsewhere);
    problems = List.copyOf(problems);
  }

  /** The errors that keep the changelog from being used. */
  public List<ChangelogProblem> errors() {
    return of(ChangelogProblem.Severity.ERROR);
  }

  /** The warnings. */
  public List<ChangelogProblem> warnings() {
    return of(ChangelogProblem.Severity.WARNING);
  }

  /**
   * The changelog.
   *
   * @throws InvalidChangelogException if there are errors; it carries all of them
   */
  public Changelog changelog() throws InvalidChangelogException {
    List<ChangelogProblem> errors = errors();
    if (!errors.isEmpty()) {
      throw new InvalidChangelogException(errors);
    }
    Changelog changelog =
        new Changelog(migrations, elsewhere, seedData)
            .withUnmanaged(unmanaged)
            .withCheckpoint(checkpoint);
    return external == null ? changelog : changelog.withExternal(external);
  }

  /** The same with other problems. */
  public ChangelogReading with(List<ChangelogProblem> others) {
    return new ChangelogReading(
        migrations, elsewhere, seedData, others, unmanaged, external, checkpoint);
  }

  private List<ChangelogProblem> of(ChangelogProblem.Severity severity) {
    return problems.stream().filter(problem -> problem.severity() == severity).toList();
  }
}
