package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ExternalChangelog;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.ForeignTool;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A schema that another tool migrates. The tool is a shell that writes a version into a file, which
 * is its history.
 */
abstract class ExternalGround {

  static final Failure DEADLOCK = new Failure("40P01", "deadlock detected", 0);
  static final String REGISTRY = "INSERT INTO tenantgate.schema_state";

  @TempDir Path folder;
  ScriptedSchema schema;
  RequiredVersion required = new RequiredVersion.UpTo(2);
  List<String> command = List.of();
  final List<String> fault = new ArrayList<>();
  boolean there = true;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.settings = settings -> external("10s");
    schema.external = (connection, schemas) -> List.of(history());
    command("echo 2 >");
  }

  @AfterEach
  void close() {
    schema.close();
  }

  MigrationSettings external(String leaseTimeout) {
    try {
      return SettingsReader.readMigrations(
              new SettingsSources(null, Map.of(), Map.of("migrations.lease-timeout", leaseTimeout)))
          .withTool(
              new MigrationTool(
                  MigrationTool.Kind.EXTERNAL,
                  command,
                  Duration.ofSeconds(20),
                  null,
                  MigrationTool.FileFormat.AUTO));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Has the tool do this with its history. */
  void command(String script) {
    command = List.of("/bin/sh", "-c", script + " " + folder.resolve("history"));
  }

  void at(String version) {
    try {
      Files.writeString(folder.resolve("history"), version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SchemaHistory history() {
    if (!there) {
      return new SchemaHistory(ACME, false, false, List.of(), null);
    }
    ForeignTable table =
        new ForeignTable(
            "tenant_acme", "versions", ForeignTool.RAILS, "Rails", Map.of(), null, null);
    try {
      Path file = folder.resolve("history");
      List<AppliedMigration> applied =
          Files.exists(file)
              ? Files.readAllLines(file).stream()
                  .map(line -> new AppliedMigration(line.strip(), null, null, null, null, null))
                  .toList()
              : List.of();
      ForeignHistory found =
          new ForeignHistory(
              table,
              ForeignHistory.Place.OWN,
              applied,
              null,
              "",
              fault.isEmpty() ? null : fault.get(0));
      return SchemaHistory.of(ACME, new ExternalHistory(List.of(found), false, null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Changelog changelog() throws Exception {
    return ExternalChangelog.read(external("10s"), required).changelog();
  }

  SchemaRun run(Goal goal) throws Exception {
    return SchemaRun.alone(schema.context(), changelog(), ACME, goal, new Telling(schema.told));
  }

  SchemaOutcome migrate() throws Exception {
    return ScriptedSchema.outcome(run(new Goal.Up(new Target.Latest())));
  }

  SchemaOutcome.Failed failing() throws Exception {
    return (SchemaOutcome.Failed) migrate();
  }

  int leasesGivenBack() {
    return schema.server.sent("UPDATE tenantgate.lease SET holder = NULL").size();
  }
}
