package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.changelog.Checksum;
import dev.tenantgate.migrator.changelog.Version;
import java.util.Map;
import java.util.TreeMap;

/**
 * Identifies equal histories: the same migrations, applied or failed, with the same checksums.
 * Tells one history from another, so that tens of thousands of them are known by the few that there
 * are different ones of. Confined to one thread.
 */
public final class HistoryDigest {

  private final Map<Version, String> marks = new TreeMap<>();

  /** Nothing was applied. */
  public HistoryDigest() {}

  /** The digest of a history. */
  public static String of(SchemaHistory history) {
    HistoryDigest digest = new HistoryDigest();
    history.entries().forEach(digest::add);
    return digest.text();
  }

  private HistoryDigest(Map<Version, String> marks) {
    this.marks.putAll(marks);
  }

  /** Another one that goes on by itself. */
  public HistoryDigest copy() {
    return new HistoryDigest(marks);
  }

  /** Takes a row of a history in. */
  public void add(HistoryEntry entry) {
    put(entry.version(), entry.checksum(), entry.succeeded());
  }

  /** Takes a migration in, in place of what was there of it. */
  public void put(Version version, String checksum, boolean applied) {
    marks.put(version, (applied ? " applied " : " failed ") + checksum);
  }

  /** Takes a migration out. */
  public void remove(Version version) {
    marks.remove(version);
  }

  /** The digest, 32 hex digits. */
  public String text() {
    StringBuilder text = new StringBuilder();
    marks.forEach((version, mark) -> text.append(version).append(mark).append('\n'));
    return Checksum.of(text.toString()).substring(0, 32);
  }
}
