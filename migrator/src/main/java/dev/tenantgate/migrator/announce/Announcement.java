package dev.tenantgate.migrator.announce;

import org.jspecify.annotations.Nullable;

/**
 * That a schema's history was changed, as the payload of a NOTIFY: {@code changed <sender>
 * <schema>}. A name has at most 63 bytes, a payload may have 8,000.
 *
 * @param sender which migrator it was, among all that are running
 * @param schema the schema's name
 */
record Announcement(String sender, String schema) {

  /** The channel that everybody listens to. */
  static final String CHANNEL = "tenantgate";

  private static final String CHANGED = "changed";

  String payload() {
    return CHANGED + " " + sender + " " + schema;
  }

  /** Reads a payload; null for what another version, or somebody else, has to say. */
  static @Nullable Announcement parse(String payload) {
    String[] words = payload.split(" ", 3);
    return words.length == 3 && words[0].equals(CHANGED) && !words[2].isEmpty()
        ? new Announcement(words[1], words[2])
        : null;
  }
}
