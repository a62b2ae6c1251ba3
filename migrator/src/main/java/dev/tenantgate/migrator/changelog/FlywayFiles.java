package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolFileName.Way;
import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files of Flyway: {@code V1_2__add_users.sql}, {@code U1_2__add_users.sql} that takes it back,
 * {@code R__views.sql} that is applied again whenever it changes, {@code <file>.conf} beside one.
 * Confined to one reading.
 */
final class FlywayFiles {

  private static final Pattern CALLBACK =
      Pattern.compile(
          "(?:before|after)(?:Each)?(?:Migrate|Clean|Undo|Validate|Info|Baseline|Repair|Connect)?"
              + "(?:Statement|Applied|Error|OperationFinish|Repeatables|Versioned)*(?:__.*)?\\.sql"
              + "|(?:create|beforeCreate)Schema(?:__.*)?\\.sql");

  private static final String CONF = ".conf";

  private final ReaderTerms terms;
  private final Map<Version, ToolFile> undos = new LinkedHashMap<>();
  private final Map<Version, ToolFile> baselines = new TreeMap<>();
  private final Map<String, FlywayScriptConfig> configs = new HashMap<>();

  FlywayFiles(ReaderTerms terms) {
    this.terms = terms;
  }

  /** Reads them; answers those that are none. */
  List<ToolFile> read(List<ToolFile> files) {
    List<ToolFile> unread = new ArrayList<>();
    Map<ToolFile, ToolFileName> applied = new LinkedHashMap<>();
    for (ToolFile file : files) {
      ToolFileName name = ToolFormat.FLYWAY.parse(file.name());
      if (name != null && name.isSql()) {
        sort(file, name, applied);
      } else if (file.name().endsWith(".sql" + CONF)) {
        configs.put(file.path().toString(), FlywayScriptConfig.read(file, terms));
      } else if (CALLBACK.matcher(file.name()).matches()) {
        terms.error(
            file.path(),
            0,
            "Flyway's callbacks aren't run here; put its statements into a repeatable migration"
                + " (R__name.sql), and take the file out of the folder");
      } else {
        unread.add(file);
      }
    }
    applied.forEach(this::read);
    undos
        .values()
        .forEach(file -> terms.error(file.path(), 0, "there is no migration for this to undo"));
    checkBaselines(applied);
    return unread;
  }

  private void sort(ToolFile file, ToolFileName name, Map<ToolFile, ToolFileName> applied) {
    if (name.way() == Way.UP || name.way() == Way.REPEATABLE) {
      applied.put(file, name);
      return;
    }
    Map<Version, ToolFile> others = name.way() == Way.DOWN ? undos : baselines;
    ToolMigration.version(file, name.version(), terms)
        .ifPresent(
            version -> {
              ToolFile other = others.putIfAbsent(version, file);
              if (other != null) {
                terms.error(
                    file.path(),
                    0,
                    "version %s stands in %s as well".formatted(version, other.path()));
              }
            });
  }

  private void read(ToolFile file, ToolFileName name) {
    Optional<Version> version =
        name.way() == Way.REPEATABLE
            ? Optional.of(Version.repeatable(name.name()))
            : ToolMigration.version(file, name.version(), terms);
    ToolFile undo = version.map(undos::remove).orElse(null);
    FlywayScriptConfig config = config(file);
    if (!config.shouldExecute()) {
      terms.warning(
          file.path(), "its .conf says shouldExecute=false; it isn't read", LintRule.UNREAD_FILE);
      return;
    }
    terms
        .text(file.path())
        .ifPresent(
            text -> {
              ToolMigration migration = migration(file, text, config);
              SqlPart up = migration.whole(!config.inTransaction());
              migration.add(version, name.name(), up, undo(undo), 1, text.lines() + 1);
            });
  }

  private @Nullable SqlPart undo(@Nullable ToolFile file) {
    if (file == null) {
      return null;
    }
    FlywayScriptConfig config = config(file);
    return terms
        .text(file.path())
        .map(text -> migration(file, text, config).whole(!config.inTransaction()))
        .orElse(null);
  }

  private ToolMigration migration(ToolFile file, SourceText text, FlywayScriptConfig config) {
    Placeholders usual = Placeholders.of(terms.sql(), true, file.path(), terms.history());
    return new ToolMigration(file, text, config.replaces() ? usual : usual.switched(false), terms);
  }

  private FlywayScriptConfig config(ToolFile file) {
    return configs.getOrDefault(file.path() + CONF, FlywayScriptConfig.STANDARD);
  }

  /** One stands for all versions up to its own in a new schema, which are applied here instead. */
  private void checkBaselines(Map<ToolFile, ToolFileName> applied) {
    Set<Version> versions =
        Set.copyOf(
            terms.migrations().stream()
                .filter(
                    migration ->
                        applied.keySet().stream()
                            .anyMatch(f -> f.path().equals(migration.source())))
                .map(Migration::version)
                .toList());
    baselines.forEach(
        (version, file) -> {
          if (versions.stream().anyMatch(other -> other.compareTo(version) <= 0)) {
            terms.warning(
                file.path(),
                "this baseline migration isn't read: new schemas get each migration up to %s instead"
                    .formatted(version),
                LintRule.UNREAD_FILE);
          } else {
            terms.error(
                file.path(),
                0,
                "Flyway's baseline migrations aren't read, and there is none up to %s besides;"
                        .formatted(version)
                    + " name it V%s__….sql".formatted(version));
          }
        });
  }
}
