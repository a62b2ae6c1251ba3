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
import org.jspecify.annotations.Nullable;

/**
 * The changelog where another tool migrates: each thing that its history must have is a migration
 * of it, without anything to run. Confined to the reading.
 */
public final class ExternalChangelog {

  private final MigrationSettings settings;
  private final MigrationScope scope;
  private final List<ChangelogProblem> problems = new ArrayList<>();
  private final List<Migration> migrations = new ArrayList<>();
  private final Map<String, List<String>> replaced = new HashMap<>();
  private final Map<String, List<String>> after = new HashMap<>();
  private @Nullable ToolFormat format;

  private ExternalChangelog(MigrationSettings settings) {
    this.settings = settings;
    this.scope = MigrationScope.valueOf(settings.defaultScope().name());
    this.format = ToolFormat.of(settings.tool().fileFormat());
  }

  /**
   * Reads what is required: from the settings, or from the folders that they name.
   *
   * @param required {@code gate.required} and its like
   */
  public static ChangelogReading read(MigrationSettings settings, RequiredVersion required) {
    return new ExternalChangelog(settings).read(required);
  }

  private ChangelogReading read(RequiredVersion required) {
    Requirement requirement = requirement(required);
    MigrationTool tool = settings.tool();
    ExternalTool external =
        new ExternalTool(
            requirement, format, tool.historyTable(), !tool.command().isEmpty(), replaced, after);
    return new ChangelogReading(
        migrations, List.of(), List.of(), problems, settings.unmanaged(), external, null);
  }

  private Requirement requirement(RequiredVersion required) {
    if (required instanceof RequiredVersion.Latest) {
      return files();
    }
    if (required instanceof RequiredVersion.Names names) {
      for (String name : names.names()) {
        add(new Version(migrations.size() + 1, name), Path.of(""));
      }
      return new Requirement.Names(names.names());
    }
    if (required instanceof RequiredVersion.Tag tag) {
      add(new Version(1, tag.tag()), Path.of(""));
      return new Requirement.Tag(tag.tag());
    }
    String version = required.toString();
    add(version(version, true, 1), Path.of(""));
    return new Requirement.AtLeast(version);
  }

  private Requirement files() {
    ToolFolder folder = new ToolFolder(settings.environment(), problems);
    List<ToolFolder.Item> items = folder.read(settings.locations(), settings.tool().fileFormat());
    format = folder.format();
    boolean numbered = format != null && format.isNumbered();
    for (ToolFolder.Item item : items) {
      add(version(item.identity(), numbered, migrations.size() + 1), item.file());
      if (!item.replaces().isEmpty()) {
        replaced.put(item.identity(), item.replaces());
      }
      if (!item.after().isEmpty()) {
        after.put(item.identity(), item.after());
      }
    }
    return new Requirement.Files(
        items.isEmpty() ? "nothing" : items.get(items.size() - 1).identity());
  }

  private void add(Version version, Path file) {
    migrations.add(
        new Migration(version, "", scope, "", new SqlPart("", 1, false), null, "", file));
  }

  private static Version version(String text, boolean numbered, int place) {
    Version number = numbered ? VersionText.number(text) : null;
    return number == null ? new Version(place, text) : number;
  }
}
