package dev.tenantgate.migrator.announce;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A message to the other processes, as the payload of a NOTIFY: {@code changed <sender> <schema>}
 * or {@code drains <sender> -}. A name has at most 63 bytes, a payload may have 8,000. Anybody who
 * can connect can say so: it is a reason to look, never a fact.
 *
 * @param kind what it is about
 * @param sender which migrator it was, among all that are running
 * @param schema the schema's name; {@code -} where it is about none in particular
 */
record Announcement(Kind kind, String sender, String schema) {

  /** The channel that everybody listens to. */
  static final String CHANNEL = "tenantgate";

  /** The event. */
  enum Kind {
    /** A schema's history was changed. */
    CHANGED,
    /** Schemas were marked for draining, or their marks were taken off. */
    DRAINS
  }

  static Announcement changed(String sender, String schema) {
    return new Announcement(Kind.CHANGED, sender, schema);
  }

  static Announcement drains(String sender) {
    return new Announcement(Kind.DRAINS, sender, "-");
  }

  String payload() {
    return kind.name().toLowerCase(Locale.ROOT) + " " + sender + " " + schema;
  }

  /** Reads a payload; null for what another version, or somebody else, has to say. */
  static @Nullable Announcement parse(String payload) {
    String[] words = payload.split(" ", 3);
    if (words.length != 3 || words[2].isEmpty()) {
      return null;
    }
    for (Kind kind : Kind.values()) {
      if (words[0].equals(kind.name().toLowerCase(Locale.ROOT))) {
        return new Announcement(kind, words[1], words[2]);
      }
    }
    return null;
  }
}
