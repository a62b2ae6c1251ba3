package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.migrator.changelog.ExternalTool.Requirement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The changelog where another tool migrates: each thing that its history must have is a migration
 * of it, without anything to run. Stateless.
 */
public final class ExternalChangelog {

  private ExternalChangelog() {}

  /**
   * Reads what is required: from the settings, or from the folders that they name.
   *
   * @param required {@code gate.required} and its like
   */
  public static ChangelogReading read(MigrationSettings settings, RequiredVersion required) {
    MigrationTool tool = settings.tool();
    List<ChangelogProblem> problems = new ArrayList<>();
    List<Migration> migrations = new ArrayList<>();
    Map<String, List<String>> replaced = new HashMap<>();
    Map<String, List<String>> after = new HashMap<>();
    MigrationScope scope = MigrationScope.valueOf(settings.defaultScope().name());
    Requirement requirement;
    ToolFormat format = ToolFormat.of(tool.fileFormat());
    if (required instanceof RequiredVersion.Latest) {
      ToolFolder folder = new ToolFolder(settings.environment(), problems);
      List<ToolFolder.Item> items = folder.read(settings.locations(), tool.fileFormat());
      format = folder.format();
      boolean numbered = format != null && format.isNumbered();
      for (ToolFolder.Item item : items) {
        Version version = version(item.identity(), numbered, migrations.size() + 1);
        migrations.add(migration(version, item.file(), scope));
        if (!item.replaces().isEmpty()) {
          replaced.put(item.identity(), item.replaces());
        }
        if (!item.after().isEmpty()) {
          after.put(item.identity(), item.after());
        }
      }
      requirement =
          new Requirement.Files(
              items.isEmpty() ? "nothing" : items.get(items.size() - 1).identity());
    } else if (required instanceof RequiredVersion.Names names) {
      requirement = new Requirement.Names(names.names());
      for (String name : names.names()) {
        migrations.add(migration(new Version(migrations.size() + 1, name), Path.of(""), scope));
      }
    } else if (required instanceof RequiredVersion.Tag tag) {
      requirement = new Requirement.Tag(tag.tag());
      migrations.add(migration(new Version(1, tag.tag()), Path.of(""), scope));
    } else {
      String version = required.toString();
      requirement = new Requirement.AtLeast(version);
      migrations.add(migration(version(version, true, 1), Path.of(""), scope));
    }
    ExternalTool external =
        new ExternalTool(
            requirement, format, tool.historyTable(), !tool.command().isEmpty(), replaced, after);
    return new ChangelogReading(
        migrations, List.of(), List.of(), problems, settings.unmanaged(), external, null);
  }

  private static Version version(String text, boolean numbered, int place) {
    Version number = numbered ? VersionText.number(text) : null;
    return number == null ? new Version(place, text) : number;
  }

  private static Migration migration(Version version, Path file, MigrationScope scope) {
    return new Migration(version, "", scope, "", new SqlPart("", 1, false), null, "", file);
  }
}
