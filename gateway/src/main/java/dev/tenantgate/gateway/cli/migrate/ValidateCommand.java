package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.LintSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.ExtraClassPath;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.LintRule;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.lint.MigrationLint;
import dev.tenantgate.migrator.lint.TokenSyntax;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tenantgate migrate validate}: what is wrong with the files. Needs no database. */
@Command(
    name = "validate",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate validate --strict",
    description = {
      "Checks the migrations' files and those of seed data; everything found is shown.",
      "Warns of what is valid and unwise, with the id of the rule: migrations.lint-ignore or a"
          + " comment -- tenantgate: ignore <id> in a file switches a rule off.",
      "Syntax is checked by the parser of the database's server, which runs nothing, where one can"
          + " be reached; else by parentheses and statements' first words. Needs no database."
    },
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"--strict", "-strict"},
      description = "Turns the warnings of rules into errors; also the setting migrations.lint.")
  private boolean strict;

  private String checkedBy = "";

  /** The JSON of a validation. */
  @JsonPropertyOrder({"valid", "migrations", "errors", "warnings"})
  record Document(boolean valid, int migrations, List<Found> errors, List<Found> warnings) {}

  /** The JSON of one thing found; line 0 if it isn't about a line, no rule if none is. */
  @JsonPropertyOrder({"file", "line", "rule", "message"})
  record Found(String file, int line, @Nullable String rule, String message) {
    static Found of(ChangelogProblem problem) {
      LintRule rule = problem.rule();
      return new Found(
          problem.file().toString(),
          problem.line(),
          rule == null ? null : rule.id(),
          problem.message());
    }
  }

  @Override
  public Integer call() throws SettingsException {
    MigrationSettings settings = options.loadMigrations();
    settings.requireLocations();
    checkRules(settings.lint());
    ChangelogReading reading = validated(settings);
    boolean valid = reading.errors().isEmpty();
    PrintWriter out = spec.commandLine().getOut();
    if (options.output() == OutputFormat.JSON) {
      out.println(
          JsonText.of(
              new Document(
                  valid,
                  reading.migrations().size(),
                  reading.errors().stream().map(Found::of).toList(),
                  reading.warnings().stream().map(Found::of).toList())));
    } else {
      reading.errors().forEach(error -> out.println("error: " + error));
      reading.warnings().forEach(warning -> out.println("warning: " + warning));
      out.printf(
          "%s, %s, %s%n",
          Counted.of(reading.migrations().size(), "migration"),
          Counted.of(reading.errors().size(), "error"),
          Counted.of(reading.warnings().size(), "warning"));
      out.println("syntax was checked " + checkedBy);
    }
    out.flush();
    return valid ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** By the parser of the database's server, which runs nothing; by tokens where there is none. */
  private List<ChangelogProblem> syntax(ChangelogReading reading) {
    Settings all;
    try {
      all = options.load().settings();
    } catch (SettingsException e) {
      checkedBy = "by its tokens alone, since no database is named";
      return TokenSyntax.check(reading.migrations());
    }
    try (Migrator migrator = Migrator.open(all)) {
      List<ChangelogProblem> found = migrator.checks().checkSyntax(all(reading));
      checkedBy = "by the server's parser (without the bodies of DO and PL/pgSQL)";
      return found;
    } catch (SQLException e) {
      checkedBy = "by its tokens alone, since the database can't be asked: " + e.getMessage();
      return TokenSyntax.check(reading.migrations());
    }
  }

  /** The migrations, and the dump that new tenants are created from. */
  private static List<Migration> all(ChangelogReading reading) {
    List<Migration> all = new ArrayList<>(reading.migrations());
    if (reading.checkpoint() instanceof Checkpoint.Ready ready) {
      SqlPart part = ready.part();
      all.add(
          new Migration(
              ready.version(), "", MigrationScope.TENANT, "", part, null, "", part.file()));
    }
    return all;
  }

  private static void checkRules(LintSettings lint) throws SettingsException {
    String known =
        Arrays.stream(LintRule.values()).map(LintRule::id).collect(Collectors.joining(", "));
    List<SettingsError> unknown =
        lint.ignore().stream()
            .filter(id -> LintRule.parse(id).isEmpty())
            .map(id -> "there is no rule \"%s\"; there are %s".formatted(id, known))
            .map(message -> new SettingsError("migrations.lint-ignore", null, message))
            .toList();
    if (!unknown.isEmpty()) {
      throw new SettingsException(unknown);
    }
  }

  /** The findings of reading, and those of lint in the files that could be read. */
  private ChangelogReading validated(MigrationSettings settings) throws SettingsException {
    ChangelogReading reading = ChangelogReader.read(settings);
    List<ChangelogProblem> problems = new ArrayList<>(reading.problems());
    problems.addAll(nothing(settings, reading));
    problems.addAll(syntax(reading));
    for (String fault : ExtraClassPath.faults(options.environment())) {
      problems.add(new ChangelogProblem(Severity.ERROR, Path.of("class path"), 0, fault));
    }
    MigrationLint.check(reading.migrations(), options.loadTenants().schema()).stream()
        .filter(found -> !isIgnored(found, settings.lint()))
        .forEach(problems::add);
    if (strict || settings.lint().level() == LintSettings.Level.STRICT) {
      problems.replaceAll(problem -> problem.rule() == null ? problem : problem.asError());
    }
    problems.sort(
        Comparator.comparing((ChangelogProblem problem) -> problem.file().toString())
            .thenComparingInt(ChangelogProblem::line));
    return reading.with(problems);
  }

  /** A folder without migrations is more often the wrong one than meant to be empty. */
  private static List<ChangelogProblem> nothing(
      MigrationSettings settings, ChangelogReading reading) {
    if (!reading.migrations().isEmpty()
        || !reading.elsewhere().isEmpty()
        || !reading.errors().isEmpty()
        || settings.tool().isExternal()) {
      return List.of();
    }
    return settings.locations().stream()
        .map(
            folder ->
                new ChangelogProblem(Severity.ERROR, folder, 0, "no migration was found here"))
        .toList();
  }

  private static boolean isIgnored(ChangelogProblem found, LintSettings lint) {
    LintRule rule = found.rule();
    return rule != null
        && lint.ignore().stream().anyMatch(id -> LintRule.parse(id).equals(Optional.of(rule)));
  }
}
