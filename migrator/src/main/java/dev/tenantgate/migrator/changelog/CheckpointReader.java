package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the checkpoint that new tenants are created from, and holds it against the migrations that
 * it stands for. One reading, confined to its thread.
 */
final class CheckpointReader {

  private static final String KEY = "migrations.checkpoint";

  private final CheckpointSettings settings;
  private final SqlSettings sql;
  private final String history;
  private final FileBudget budget;
  private final List<ChangelogProblem> problems;

  /**
   * Prepares a reading.
   *
   * @param history what the history is called in every schema
   * @param problems takes everything that is wrong
   */
  CheckpointReader(
      CheckpointSettings settings,
      SqlSettings sql,
      String history,
      FileBudget budget,
      List<ChangelogProblem> problems) {
    this.settings = settings;
    this.sql = sql;
    this.history = history;
    this.budget = budget;
    this.problems = problems;
  }

  /** Reads it; null if there are errors. */
  @Nullable Checkpoint read(List<Migration> migrations) {
    List<Migration> ofTenants =
        migrations.stream()
            .filter(migration -> migration.scope() != MigrationScope.PUBLIC)
            .filter(migration -> !migration.isRepeatable())
            .toList();
    Version version;
    try {
      version = Version.parse(settings.version());
    } catch (IllegalArgumentException e) {
      return error(Path.of(KEY + ".version"), 0, String.valueOf(e.getMessage()));
    }
    List<Migration> covered =
        ofTenants.stream().filter(m -> m.version().compareTo(version) <= 0).toList();
    if (covered.isEmpty() || !covered.get(covered.size() - 1).version().equals(version)) {
      return error(
          Path.of(KEY + ".version"),
          0,
          "there is no migration %s for tenants; the latest is %s"
              .formatted(
                  version,
                  ofTenants.isEmpty() ? "none" : ofTenants.get(ofTenants.size() - 1).version()));
    }
    for (Migration migration : covered) {
      if (migration.up() instanceof SqlPart part && part.namesTenant()) {
        return error(
            migration.source(),
            0,
            "this isn't the same for all tenants (${tenant}), so that no checkpoint can stand for"
                + " it; %s.version must be lower".formatted(KEY));
      }
    }
    String template = settings.templateSchema();
    if (template != null) {
      return ofTemplate(version, covered, template);
    }
    Path dump = settings.dump();
    return dump == null ? null : ofDump(version, covered, dump);
  }

  private @Nullable Checkpoint ofTemplate(
      Version version, List<Migration> covered, String template) {
    return template.startsWith("pg_")
            || template.equals("information_schema")
            || template.equals("public")
            || template.equals("tenantgate")
        ? error(
            Path.of(KEY + ".template-schema"),
            0,
            "%s can't be a template; give a schema that only new tenants' are copied from"
                .formatted(template))
        : new Checkpoint.Template(version, covered, template, history);
  }

  private @Nullable Checkpoint ofDump(Version version, List<Migration> covered, Path dump) {
    if (!Files.exists(dump)) {
      return error(
          dump,
          0,
          ("there is no such file (%s.dump); `tenantgate migrate checkpoint --version %s --file %s`"
                  + " makes it")
              .formatted(KEY, version, dump.getFileName()));
    }
    Optional<SourceText> read = SourceText.read(dump, budget, problems);
    if (read.isEmpty()) {
      return null;
    }
    SourceText source = read.get().prepared();
    int before = errors();
    for (String fault : CheckpointRecord.of(source.original(), history).faults(version, covered)) {
      error(
          dump,
          0,
          "%s; make it anew: `tenantgate migrate checkpoint --version %s --file %s`"
              .formatted(fault, version, dump.getFileName()));
    }
    SqlPart part = part(source, dump);
    return errors() > before ? null : new Checkpoint.Ready(version, covered, part);
  }

  private SqlPart part(SourceText source, Path dump) {
    boolean several = PgDumpNames.read(source.text()).schemas().size() > 1;
    PgDump adapted = new PgDump(several ? sql.dumpSchema() : null, MigrationScope.TENANT, history);
    List<ChangelogProblem> found = new ArrayList<>();
    SqlPart part =
        MigrationSqlCheck.check(
            source.text(),
            LineMap.from(1),
            Directives.NONE,
            dump,
            Placeholders.NONE,
            adapted,
            found);
    // Of a history in the dump a checkpoint tells by itself.
    found.stream().filter(p -> p.severity() == Severity.ERROR).forEach(problems::add);
    if (MigrationSqlCheck.isEmpty(part)) {
      error(dump, 1, "there is no statement in this checkpoint");
    } else if (!part.transactional()) {
      error(
          dump,
          1,
          "a tenant is created in one transaction; what can't run in one belongs into a migration"
              + " after the checkpoint");
    }
    return part;
  }

  /** The checkpoint of a template's text. */
  static Checkpoint ofTemplate(Checkpoint.Template template, List<Migration> has, String text) {
    Path source = Path.of(KEY + ".template-schema " + template.schema());
    List<ChangelogProblem> found = new ArrayList<>();
    SourceText prepared = new SourceText(source, text).prepared();
    SqlPart part =
        MigrationSqlCheck.check(
            prepared.text(),
            LineMap.from(1),
            Directives.NONE,
            source,
            Placeholders.NONE,
            new PgDump(template.schema(), MigrationScope.TENANT, template.history()),
            found);
    Optional<ChangelogProblem> error =
        found.stream().filter(p -> p.severity() == Severity.ERROR).findFirst();
    Version version = has.get(has.size() - 1).version();
    if (error.isPresent()) {
      return new Checkpoint.Unusable(
          version,
          "the schema %s can't be copied: %s".formatted(template.schema(), error.get().message()));
    }
    return PgDumpNames.read(text).schemas().isEmpty()
        ? new Checkpoint.Unusable(
            version,
            "the schema %s (%s.template-schema) is empty; apply the migrations to it first"
                .formatted(template.schema(), KEY))
        : new Checkpoint.Ready(version, has, part);
  }

  private int errors() {
    return (int) problems.stream().filter(p -> p.severity() == Severity.ERROR).count();
  }

  private @Nullable Checkpoint error(Path file, int line, String message) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
    return null;
  }
}
