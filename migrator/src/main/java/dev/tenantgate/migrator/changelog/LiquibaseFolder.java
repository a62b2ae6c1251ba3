package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolFolder.Item;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The change sets that a folder of Liquibase's holds: file, id and author of each, in the order of
 * the changelogs. A changelog that no other includes is one to begin with. Confined to one reading.
 */
final class LiquibaseFolder {

  private final Path location;
  private final @Nullable String context;
  private final LiquibaseProblems problems;
  private final List<Item> items = new ArrayList<>();
  private final Set<Path> open = new HashSet<>();

  /** Files whose labels were told of. */
  private final Set<Path> labelled = new HashSet<>();

  /** Takes what is wrong with a file. */
  interface LiquibaseProblems {
    void error(Path file, String message);

    /** Worth a look; the changelog can be used. */
    void warning(Path file, String message);
  }

  LiquibaseFolder(Path location, @Nullable String context, LiquibaseProblems problems) {
    this.location = location;
    this.context = context;
    this.problems = problems;
  }

  /** Reads all; those of a changelog that is included stand where it is. */
  List<Item> read(ToolFiles files) {
    Map<Path, LiquibaseChangelog> changelogs = new LinkedHashMap<>();
    for (Path file : files.files()) {
      LiquibaseChangelog.read(file, problems).ifPresent(read -> changelogs.put(normal(file), read));
    }
    Set<Path> included = new HashSet<>();
    changelogs.forEach(
        (file, changelog) ->
            changelog.entries().forEach(entry -> included.addAll(targets(file, entry, false))));
    List<Path> roots =
        changelogs.keySet().stream().filter(file -> !included.contains(file)).toList();
    for (Path root : roots.isEmpty() ? changelogs.keySet() : roots) {
      take(root, Optional.ofNullable(changelogs.get(root)));
    }
    return items;
  }

  private void take(Path file, Optional<LiquibaseChangelog> read) {
    if (!open.add(file)) {
      problems.error(file, "this changelog includes itself");
      return;
    }
    Optional<LiquibaseChangelog> changelog =
        read.isPresent() ? read : LiquibaseChangelog.read(file, problems);
    for (LiquibaseChangelog.Entry entry :
        changelog.map(LiquibaseChangelog::entries).orElse(List.of())) {
      if (!LiquibaseContext.holds(entry.context(), context)) {
        continue;
      }
      if (entry.kind() == LiquibaseChangelog.Kind.CHANGE_SET) {
        add(file, changelog.get(), entry);
      } else {
        targets(file, entry, true).forEach(target -> take(target, Optional.empty()));
      }
    }
    open.remove(file);
  }

  private void add(Path file, LiquibaseChangelog changelog, LiquibaseChangelog.Entry set) {
    String labels = set.labels();
    if (labels != null && labelled.add(file)) {
      problems.warning(
          file,
          ("change set %s of %s has the labels %s; labels aren't looked at: it counts as required,"
                  + " as without --label-filter")
              .formatted(set.id(), set.author(), labels));
    }
    String logical = set.file() != null ? set.file() : changelog.logicalFile();
    String path = logical != null ? logical : relative(file);
    items.add(new Item(path + "::" + set.id() + "::" + set.author(), file, List.of(), List.of()));
  }

  /** From the location on, and with {@code /}; the history may have folders before that. */
  private String relative(Path file) {
    Path normal = normal(file);
    Path base = normal(location);
    Path shown = normal.startsWith(base) ? base.relativize(normal) : normal;
    return shown.toString().replace('\\', '/');
  }

  /** The files that an entry includes. */
  private List<Path> targets(Path file, LiquibaseChangelog.Entry entry, boolean telling) {
    String name = entry.file();
    if (entry.kind() == LiquibaseChangelog.Kind.CHANGE_SET || name == null) {
      return List.of();
    }
    Path target = resolved(file, name, entry.relative());
    if (target == null) {
      if (telling && entry.required()) {
        problems.error(
            file,
            "it includes %s, which is neither beside it nor below %s or a folder above"
                .formatted(name, location));
      }
      return List.of();
    }
    if (entry.kind() == LiquibaseChangelog.Kind.INCLUDE) {
      return List.of(target);
    }
    List<ChangelogProblem> unread = new ArrayList<>();
    return ToolFiles.below(target, unread).files().stream()
        .map(LiquibaseFolder::normal)
        .sorted(Comparator.comparing(Path::toString))
        .toList();
  }

  /** Where a path leads: beside the file, or from the location or a folder above it. */
  private @Nullable Path resolved(Path file, String name, boolean beside) {
    String plain = name.replaceFirst("^classpath\\*?:", "").replaceFirst("^/+", "");
    Path folder = file.getParent();
    if (beside && folder != null) {
      Path target = normal(folder.resolve(plain));
      return Files.exists(target) ? target : null;
    }
    for (Path base = normal(location); base != null; base = base.getParent()) {
      Path target = normal(base.resolve(plain));
      if (Files.exists(target)) {
        return target;
      }
    }
    return null;
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
