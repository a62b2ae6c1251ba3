package dev.tenantgate.migrator.changelog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The migrations whose state a dump is: in the comments at its head, which {@code tenantgate
 * migrate checkpoint} writes, or by the history that pg_dump has dumped with the schema. Immutable.
 *
 * @param checksums of the migrations it has, by version; empty if nothing is said of them
 */
public record CheckpointRecord(Map<Version, String> checksums) {

  /** The beginning of the comments. */
  public static final String HEADING = "-- Tenantgate checkpoint";

  /** So many migrations are named. */
  private static final int NAMED = 5;

  private static final Pattern COMMENT =
      Pattern.compile("^-- Migration (\\S+) ([0-9a-f]{64})\\b.*$", Pattern.MULTILINE);

  /** A row of a history, as COPY or INSERT has it: the version first, some digits, the checksum. */
  private static final Pattern ROW =
      Pattern.compile(
          "^(?:INSERT INTO .*? VALUES )?\\s*\\(?([0-9]+)(?:\\t|, ).*?\\b([0-9a-f]{64})\\b(.*)$");

  public CheckpointRecord {
    checksums = Map.copyOf(checksums);
  }

  /** The comments for the head of a checkpoint. */
  public static String comments(Version version, List<Migration> covered) {
    StringBuilder text = new StringBuilder();
    text.append(HEADING).append(": the state of version ").append(version).append('\n');
    covered.forEach(
        migration ->
            text.append(
                "-- Migration %s %s\n".formatted(migration.version(), migration.checksum())));
    return text.toString();
  }

  /**
   * Reads what a dump says.
   *
   * @param history what the history is called in every schema
   */
  static CheckpointRecord of(String text, String history) {
    Map<Version, String> checksums = new HashMap<>();
    Matcher comments = COMMENT.matcher(text);
    while (comments.find()) {
      checksums.put(Version.parse(comments.group(1)), comments.group(2));
    }
    if (checksums.isEmpty()) {
      rows(text, history, checksums);
    }
    return new CheckpointRecord(checksums);
  }

  private static void rows(String text, String history, Map<Version, String> checksums) {
    Pattern begins =
        Pattern.compile(
            "^(?:COPY|INSERT INTO) (?:[^ ]+\\.)?\"?" + Pattern.quote(history) + "\"?(?:$|[ (])");
    boolean within = false;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      boolean first = begins.matcher(line).find();
      within = first || (within && !line.startsWith("\\.") && !line.isBlank());
      Matcher row = within ? ROW.matcher(line) : null;
      if (row != null && row.matches() && row.group(3).contains("success")) {
        Version version = Version.recorded(Long.parseLong(row.group(1)), "");
        if (!version.isRepeatable()) {
          checksums.put(version, row.group(2));
        }
      }
    }
  }

  /** The differences from the migrations that it is to stand for. */
  List<String> faults(Version version, List<Migration> covered) {
    return faults("the checkpoint", version, covered);
  }

  /**
   * The differences from the migrations that it is to stand for.
   *
   * @param what what is spoken of: {@code the checkpoint}
   */
  public List<String> faults(String what, Version version, List<Migration> covered) {
    if (checksums.isEmpty()) {
      return List.of();
    }
    List<String> changed = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    Map<Version, String> others = new HashMap<>(checksums);
    for (Migration migration : covered) {
      String checksum = others.remove(migration.version());
      if (checksum == null) {
        missing.add(migration.toString());
      } else if (!checksum.equals(migration.checksum())) {
        changed.add(migration.toString());
      }
    }
    List<String> faults = new ArrayList<>();
    add(faults, what + " is older than a change of migration ", changed);
    add(faults, what + " lacks migration ", missing);
    add(
        faults,
        "%s, said to be of version %s, has a migration that isn't among those up to it: "
            .formatted(what, version),
        others.keySet().stream().sorted().map(Version::toString).toList());
    return faults;
  }

  private static void add(List<String> faults, String what, List<String> named) {
    if (!named.isEmpty()) {
      faults.add(
          what
              + String.join(", ", named.subList(0, Math.min(NAMED, named.size())))
              + (named.size() > NAMED ? " … (%d in all)".formatted(named.size()) : ""));
    }
  }
}
