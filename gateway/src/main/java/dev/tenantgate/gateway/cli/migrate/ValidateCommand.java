package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tenantgate migrate validate}: what is wrong with the files. Needs no database. */
@Command(
    name = "validate",
    description = "Checks the migrations' files; everything found is shown. Needs no database.",
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  /** The JSON of a validation. */
  @JsonPropertyOrder({"valid", "migrations", "errors", "warnings"})
  record Document(boolean valid, int migrations, List<Found> errors, List<Found> warnings) {}

  /** The JSON of one thing found; line 0 if it isn't about a line. */
  @JsonPropertyOrder({"file", "line", "message"})
  record Found(String file, int line, String message) {
    static Found of(ChangelogProblem problem) {
      return new Found(problem.file().toString(), problem.line(), problem.message());
    }
  }

  @Override
  public Integer call() throws SettingsException {
    MigrationSettings settings = options.loadMigrations();
    settings.requireLocations();
    ChangelogReading reading = ChangelogReader.read(settings);
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
          "%d migrations, %d errors, %d warnings%n",
          reading.migrations().size(), reading.errors().size(), reading.warnings().size());
    }
    out.flush();
    return valid ? ExitCode.DONE : ExitCode.FAILED;
  }
}
