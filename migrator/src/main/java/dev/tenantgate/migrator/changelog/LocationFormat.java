package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationTool.FileFormat;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tool whose migrations a location holds.
 *
 * @param tool the tool; null for our own formats
 */
record LocationFormat(@Nullable ToolFormat tool) {

  private static final LocationFormat OURS = new LocationFormat(null);

  /**
   * Finds out by setting, by files' names and by their contents.
   *
   * @param problems takes what keeps it from being known
   * @return empty if it isn't known
   */
  static Optional<LocationFormat> of(
      Path location, FileFormat setting, List<ChangelogProblem> problems) {
    ToolFormat named = ToolFormat.of(setting);
    if (named != null && named != ToolFormat.NUMBERED) {
      if (ToolReader.reads(named)) {
        return Optional.of(new LocationFormat(named));
      }
      error(
          location,
          ("migrations.file-format is %s, and %s's migrations can't be read here; let it migrate"
                  + " (migrations.tool: external)")
              .formatted(named.setting(), named.label()),
          problems);
      return Optional.empty();
    }
    if (setting != FileFormat.AUTO || !Files.isDirectory(location)) {
      return Optional.of(OURS);
    }
    return detected(location, problems);
  }

  private static Optional<LocationFormat> detected(Path location, List<ChangelogProblem> problems) {
    List<ChangelogProblem> elsewhere = new ArrayList<>();
    ToolFiles files = ToolFiles.below(location, elsewhere);
    Map<ToolFormat, Path> found = new EnumMap<>(ToolDetection.formats(files));
    for (MigrationScope scope : MigrationScope.values()) {
      Path below = location.resolve(scope.label());
      if (Files.isDirectory(below)) {
        ToolDetection.formats(ToolFiles.below(below, elsewhere)).forEach(found::putIfAbsent);
      }
    }
    String code = found.containsKey(ToolFormat.NUMBERED) ? null : othersAlone(found, files);
    if (code != null) {
      error(location, code, problems);
      return Optional.empty();
    }
    found.keySet().removeIf(format -> !ToolReader.reads(format));
    boolean marked = found.containsKey(ToolFormat.NODE_PG_MIGRATE) && !isNodes(files);
    boolean named =
        found.containsKey(ToolFormat.FLYWAY) || found.containsKey(ToolFormat.GOLANG_MIGRATE);
    if (found.isEmpty() || (marked && !named)) {
      // Another tool's marker among ours is told of where it stands.
      return Optional.of(OURS);
    }
    if (found.size() > 1) {
      error(
          location,
          "it holds migrations of more than one kind: %s; give each a folder of its own, or say in"
                  .formatted(
                      found.entrySet().stream()
                          .map(e -> describe(e.getKey()) + " (" + e.getValue().getFileName() + ")")
                          .collect(Collectors.joining(", ")))
              + " migrations.file-format whose they all are",
          problems);
      return Optional.empty();
    }
    return Optional.of(new LocationFormat(found.keySet().iterator().next()));
  }

  /** The error about a folder whose migrations one tool alone can run; null if it isn't such. */
  private static @Nullable String othersAlone(Map<ToolFormat, Path> found, ToolFiles files) {
    if (found.size() != 1 || files.files().stream().anyMatch(LocationFormat::isOwn)) {
      return null;
    }
    ToolFormat tool = found.keySet().iterator().next();
    Path first = found.values().iterator().next();
    boolean code = !ToolReader.reads(tool) || !ToolFiles.nameOf(first).endsWith(".sql");
    if (!code || tool == ToolFormat.ATLAS || hasSql(tool, files)) {
      return null;
    }
    return ("these are migrations of %1$s (%2$s …), which %1$s alone can run. Either %1$s goes on,"
            + " and connections wait for it: migrations.tool: external. Or Tenantgate takes"
            + " over: migrations to come are SQL files in a folder of their own, which"
            + " migrations.locations names, and `tenantgate migrate adopt --as V` takes its"
            + " histories over")
        .formatted(tool.label(), first.getFileName());
  }

  private static boolean hasSql(ToolFormat tool, ToolFiles files) {
    return ToolReader.reads(tool)
        && files.files().stream().anyMatch(file -> ToolFiles.nameOf(file).endsWith(".sql"));
  }

  private static boolean isOwn(Path file) {
    return ToolFiles.nameOf(file).matches("[0-9]+_.*\\.sql");
  }

  /** Its marker is ours as well. */
  private static String describe(ToolFormat format) {
    return format == ToolFormat.NODE_PG_MIGRATE ? "node-pg-migrate or our own" : format.label();
  }

  /** Our own markers are node-pg-migrate's; its files are numbered by the millisecond. */
  private static boolean isNodes(ToolFiles files) {
    return files.files().stream()
        .map(ToolFiles::nameOf)
        .filter(name -> ToolFormat.NODE_PG_MIGRATE.identity(name) != null)
        .allMatch(
            name -> {
              int digits = String.valueOf(VersionText.leading(name)).length();
              return digits == 13 || digits == 17 || !name.endsWith(".sql");
            });
  }

  private static void error(Path location, String message, List<ChangelogProblem> problems) {
    problems.add(new ChangelogProblem(Severity.ERROR, location, 0, message));
  }
}
