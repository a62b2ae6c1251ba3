package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The metadata in a migration's comments, whatever its format. Immutable.
 *
 * @param scope which schemas it is for
 * @param description empty where there is none
 * @param dependencies what it builds on
 * @param directives how it is to be run
 */
record MigrationMetadata(
    MigrationScope scope,
    String description,
    List<Dependency> dependencies,
    Directives directives) {

  /** {@code 001_create_platform_schema.sql}, {@code Requires `001`}. */
  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "(?:requires\\s+|depends\\s+on\\s+)?`?([0-9]{1,30})(?:_([A-Za-z0-9_.-]*?))?(?:\\.(?:sql|py))?`?",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern NO_DEPENDENCY =
      Pattern.compile("(?:none|nothing|-|n/a)?(?:\\s*\\(.*\\))?", Pattern.CASE_INSENSITIVE);

  MigrationMetadata {
    dependencies = List.copyOf(dependencies);
  }

  /** Reads the comments; what is wrong with them is added to the problems. */
  static MigrationMetadata read(
      MigrationHeader header,
      Path file,
      MigrationFormat.Context context,
      List<ChangelogProblem> problems) {
    return new Reading(header, file, context, problems).read();
  }

  /** Comments while they are read. */
  private record Reading(
      MigrationHeader header,
      Path file,
      MigrationFormat.Context context,
      List<ChangelogProblem> problems) {

    MigrationMetadata read() {
      checkVersionLabel();
      return new MigrationMetadata(
          scope(),
          header.value("description", "migration_description", "purpose"),
          dependencies(),
          new DirectiveReader(file, problems).read(header));
    }

    private MigrationScope scope() {
      MigrationScope folder = context.folderScope();
      MigrationScope fallback = folder == null ? context.defaultScope() : folder;
      MigrationHeader.Entry entry = header.find("migration_scope");
      if (entry == null || entry.value().isEmpty()) {
        return fallback;
      }
      Optional<MigrationScope> scope = MigrationScope.parse(entry.value().toLowerCase(Locale.ROOT));
      if (scope.isEmpty()) {
        error(
            entry.line(),
            "MIGRATION_SCOPE is public, tenant or both, was \"%s\"".formatted(entry.value()));
        return fallback;
      }
      if (folder != null && folder != scope.get()) {
        error(
            entry.line(),
            "MIGRATION_SCOPE is %s, but the file is in the folder %s/; move it or change the scope"
                .formatted(scope.get().label(), folder.label()));
      }
      return scope.get();
    }

    /** MIGRATION_VERSION repeats the file's name; the two mustn't tell different stories. */
    private void checkVersionLabel() {
      MigrationHeader.Entry entry = header.find("migration_version");
      String name = String.valueOf(file.getFileName());
      int dot = name.lastIndexOf('.');
      String stem = dot < 0 ? name : name.substring(0, dot);
      if (entry != null && !entry.value().equals(stem) && !entry.value().equals(name)) {
        error(
            entry.line(),
            "MIGRATION_VERSION is %s, but the file is called %s".formatted(entry.value(), name));
      }
    }

    private List<Dependency> dependencies() {
      List<Dependency> dependencies = new ArrayList<>();
      MigrationHeader.Entry entry = header.find("dependencies", "migration_dependencies");
      if (entry != null) {
        List<MigrationHeader.Comment> items = new ArrayList<>();
        if (!NO_DEPENDENCY.matcher(entry.value()).matches()) {
          for (String part : entry.value().split(",", -1)) {
            items.add(new MigrationHeader.Comment(part.strip(), entry.line()));
          }
        }
        items.addAll(entry.items());
        items.forEach(item -> dependency(item).ifPresent(dependencies::add));
      }
      return dependencies;
    }

    private Optional<Dependency> dependency(MigrationHeader.Comment item) {
      if (NO_DEPENDENCY.matcher(item.text()).matches()) {
        return Optional.empty();
      }
      Matcher matcher = DEPENDENCY.matcher(item.text());
      try {
        if (matcher.matches()) {
          String name = matcher.group(2);
          Version version = Version.parse(matcher.group(1));
          return Optional.of(new Dependency(version, name == null ? "" : name, item.line()));
        }
      } catch (IllegalArgumentException e) {
        error(item.line(), String.valueOf(e.getMessage()));
        return Optional.empty();
      }
      error(
          item.line(),
          "a dependency is named like 001_create_users.sql, or by its number, was \"%s\""
              .formatted(item.text()));
      return Optional.empty();
    }

    private void error(int line, String message) {
      problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
    }
  }
}
