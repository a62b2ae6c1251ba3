package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.CheckpointSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.CheckpointRecord;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.checkpoint.CheckpointNotMadeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code tenantgate migrate checkpoint}: the file that new tenants are created from. */
@Command(
    name = "checkpoint",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate checkpoint --version 200 --file checkpoint-200.sql",
    description = {
      "Applies a tenant's migrations up to a version to a scratch schema, writes what they come to"
          + " into a file, and undoes it.",
      "The settings migrations.checkpoint.version and .dump have new tenants created from it;"
          + " `migrate verify` holds it against all migrations."
    },
    mixinStandardHelpOptions = true)
final class CheckpointCommand extends MigrationCommand {

  @Option(
      names = "--version",
      paramLabel = "V",
      description = "The version. Default: that of migrations.checkpoint, else the latest.")
  private @Nullable String version;

  @Option(
      names = "--file",
      paramLabel = "F",
      description = "The file. Default: that of migrations.checkpoint.")
  private @Nullable Path file;

  @Option(names = "--force", description = "Writes over a file that is no checkpoint, too.")
  private boolean force;

  /** The JSON of a checkpoint. */
  @JsonPropertyOrder({"file", "version", "migrations"})
  record Document(String file, String version, int migrations) {}

  /** The one that there is may be what is to be made anew. */
  @Override
  ChangelogReading read(Settings settings) throws SettingsException {
    MigrationSettings migrations = settings.migrations();
    migrations.requireLocations();
    ChangelogReading read = ChangelogReader.read(migrations);
    CheckpointSettings set = migrations.checkpoint();
    return read.with(
        read.problems().stream()
            .filter(
                problem ->
                    !problem.file().toString().startsWith("migrations.checkpoint")
                        && (set == null || !problem.file().equals(set.dump())))
            .toList());
  }

  @Override
  int run(Work work) throws SQLException {
    CheckpointSettings set = work.settings().migrations().checkpoint();
    Path target = file != null ? file : set == null ? null : set.dump();
    if (target == null) {
      throw new ParameterException(
          spec().commandLine(), "--file is missing, and migrations.checkpoint.dump names none");
    }
    List<Migration> ofTenants =
        work.changelog().of(new SchemaRef("", "")).stream()
            .filter(migration -> !migration.isRepeatable())
            .toList();
    Version upTo = version(work, set, ofTenants);
    requireFree(target);
    try {
      write(target, work.migrator().checks().makeCheckpoint(work.changelog(), upTo));
    } catch (CheckpointNotMadeException e) {
      return failed("no checkpoint can be made: " + e.getMessage());
    } catch (IOException e) {
      return failed("%s can't be written: %s".formatted(target, e.getMessage()));
    }
    int covered = (int) ofTenants.stream().filter(m -> m.version().compareTo(upTo) <= 0).count();
    if (json()) {
      out().println(JsonText.of(new Document(target.toString(), upTo.toString(), covered)));
    } else {
      out()
          .println(
              "%s has the state of version %s (%s)"
                  .formatted(target, upTo, Counted.of(covered, "migration")));
      if (set == null || !upTo.toString().equals(set.version())) {
        out().println("new tenants are created from it by these settings:");
        out().println("migrations:");
        out().println("  checkpoint: {version: %s, dump: %s}".formatted(upTo, target));
      }
    }
    out().flush();
    return ExitCode.DONE;
  }

  private Version version(Work work, @Nullable CheckpointSettings set, List<Migration> ofTenants) {
    String text = version != null ? version : set == null ? null : set.version();
    if (ofTenants.isEmpty()) {
      throw new ParameterException(spec().commandLine(), "there is no migration for tenants");
    }
    if (text == null) {
      return ofTenants.get(ofTenants.size() - 1).version();
    }
    Version known = Targets.known(spec(), "--version", text, work.changelog());
    if (ofTenants.stream().noneMatch(migration -> migration.version().equals(known))) {
      throw new ParameterException(
          spec().commandLine(), "--version: migration %s isn't for tenants".formatted(known));
    }
    return known;
  }

  private void requireFree(Path target) {
    if (Files.isDirectory(target)) {
      throw new ParameterException(
          spec().commandLine(), "--file: %s is a folder".formatted(target));
    }
    try {
      if (!force
          && Files.exists(target)
          && !Files.readString(target, StandardCharsets.UTF_8)
              .startsWith(CheckpointRecord.HEADING)) {
        throw new ParameterException(
            spec().commandLine(),
            "%s is there, and no checkpoint of ours; --force writes over it".formatted(target));
      }
    } catch (IOException e) {
      throw new ParameterException(
          spec().commandLine(), "%s can't be read: %s".formatted(target, e.getMessage()), e);
    }
  }

  /** Whole, or not at all. */
  private static void write(Path target, String text) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    Path whole = Files.createTempFile(folder, ".checkpoint", ".sql");
    try {
      Files.writeString(whole, text, StandardCharsets.UTF_8);
      Files.move(whole, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  private int failed(String why) {
    err().println("tenantgate: " + why);
    err().flush();
    return ExitCode.FAILED;
  }
}
