package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolFolder.Item;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The revisions that a folder of Alembic's holds. Each names those that it follows; the history
 * keeps but the last ones. Nothing of a file is run. Stateless.
 */
final class AlembicFolder {

  private static final Pattern REVISION =
      Pattern.compile("^revision\\b[^=\\n]*=\\s*[\"']([^\"'\\n]+)[\"']", Pattern.MULTILINE);

  private static final Pattern DOWN =
      Pattern.compile("^down_revision\\b[^=\\n]*=\\s*(\\([^)]*\\)|[^\\n]*)", Pattern.MULTILINE);

  private static final Pattern QUOTED = Pattern.compile("[\"']([^\"'\\n]+)[\"']");

  private AlembicFolder() {}

  /** Whether a text is that of a revision. */
  static boolean isRevision(String head) {
    return REVISION.matcher(head).find() && DOWN.matcher(head).find();
  }

  /** The revisions, each behind those that it follows. */
  static List<Item> read(ToolFiles files) {
    Map<String, Item> found = new LinkedHashMap<>();
    for (Path file : files.files()) {
      if (ToolFormat.ALEMBIC.parse(ToolFiles.nameOf(file)) != null) {
        Item item = revision(file, ToolFiles.head(file));
        if (item != null) {
          found.put(item.identity(), item);
        }
      }
    }
    List<Item> ordered = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    found.values().forEach(item -> follow(item, found, seen, ordered));
    return ordered;
  }

  private static @Nullable Item revision(Path file, String head) {
    Matcher revision = REVISION.matcher(head);
    Matcher down = DOWN.matcher(head);
    if (!revision.find() || !down.find()) {
      return null;
    }
    List<String> after = new ArrayList<>();
    Matcher quoted = QUOTED.matcher(down.group(1));
    while (quoted.find()) {
      after.add(quoted.group(1));
    }
    return new Item(revision.group(1), file, List.of(), after);
  }

  private static void follow(
      Item item, Map<String, Item> found, Set<String> seen, List<Item> ordered) {
    if (!seen.add(item.identity())) {
      return;
    }
    for (String before : item.after()) {
      Item earlier = found.get(before);
      if (earlier != null) {
        follow(earlier, found, seen, ordered);
      }
    }
    ordered.add(item);
  }
}
