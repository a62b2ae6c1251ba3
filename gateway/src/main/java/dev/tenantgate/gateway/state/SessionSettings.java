package dev.tenantgate.gateway.state;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a session that differ from what a fresh connection of its pool has, by name in
 * lower case. Compared by content, so that a backend that has been brought to one client's settings
 * is known to have another's. Immutable.
 */
public final class SessionSettings {

  /** As a fresh connection has them. */
  public static final SessionSettings NONE = new SessionSettings(new String[0]);

  /** Those of many sessions are equal: kept once, they are told to be so by a look. */
  private static final Interner<SessionSettings> KNOWN = Interner.newWeakInterner();

  /** What a name or a value takes besides its characters. */
  private static final int ENTRY_BYTES = 48;

  /** Names and values in turn, ordered by name. */
  private final String[] entries;

  private final int hash;
  private final int bytes;

  private SessionSettings(String[] entries) {
    this.entries = entries;
    int sum = 0;
    for (String entry : entries) {
      sum += ENTRY_BYTES + entry.length();
    }
    this.bytes = sum;
    this.hash = Arrays.hashCode(entries);
  }

  /** Of names in lower case. */
  public static SessionSettings of(Map<String, String> values) {
    if (values.isEmpty()) {
      return NONE;
    }
    String[] entries = new String[2 * values.size()];
    int at = 0;
    for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
      entries[at++] = entry.getKey();
      entries[at++] = entry.getValue();
    }
    return KNOWN.intern(new SessionSettings(entries));
  }

  /** The value of a parameter; null where a fresh connection's own is in force. */
  public @Nullable String get(String name) {
    int at = find(name);
    return at < 0 ? null : entries[at + 1];
  }

  /** The same with another value; null for a fresh connection's own. */
  public SessionSettings with(String name, @Nullable String value) {
    String before = get(name);
    if (value == null ? before == null : value.equals(before)) {
      return this;
    }
    Map<String, String> all = asMap();
    if (value == null) {
      all.remove(name);
    } else {
      all.put(name, value);
    }
    return of(all);
  }

  /** A copy to change, ordered by name. */
  public Map<String, String> asMap() {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      all.put(entries[i], entries[i + 1]);
    }
    return all;
  }

  /** The heap that they take, roughly. */
  public int bytes() {
    return bytes;
  }

  public boolean isEmpty() {
    return entries.length == 0;
  }

  /**
   * Shows each parameter that has to be changed to come from here to the other settings: its name,
   * and the value to have, null for a fresh connection's own.
   */
  public void differences(SessionSettings to, BiConsumer<String, @Nullable String> consumer) {
    int here = 0;
    int there = 0;
    while (here < entries.length || there < to.entries.length) {
      int order =
          here == entries.length
              ? 1
              : there == to.entries.length ? -1 : entries[here].compareTo(to.entries[there]);
      if (order < 0) {
        consumer.accept(entries[here], null);
        here += 2;
      } else if (order > 0) {
        consumer.accept(to.entries[there], to.entries[there + 1]);
        there += 2;
      } else {
        if (!entries[here + 1].equals(to.entries[there + 1])) {
          consumer.accept(to.entries[there], to.entries[there + 1]);
        }
        here += 2;
        there += 2;
      }
    }
  }

  private int find(String name) {
    for (int i = 0; i < entries.length; i += 2) {
      if (entries[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof SessionSettings settings
            && settings.hash == hash
            && Arrays.equals(settings.entries, entries));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return asMap().toString();
  }
}
