package dev.tenantgate.gateway.settings;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a session that differ from what a fresh connection of its pool has, by name in
 * lower case. Compared by content, so that a backend that has been brought to one client's settings
 * is known to have another's. Immutable.
 */
public final class SessionSettings {

  /** As a fresh connection has them. */
  public static final SessionSettings NONE = new SessionSettings(new String[0]);

  /** Many sessions have equal settings: each is kept once, so that one comparison tells. */
  private static final Interner<SessionSettings> KNOWN = Interner.newWeakInterner();

  /** The heap of a name or a value besides its characters. */
  private static final int ENTRY_BYTES = 48;

  /** Names and values in turn, ordered by name. */
  private final String[] entries;

  private final int hash;
  private final int bytes;

  private SessionSettings(String[] entries) {
    this.entries = entries;
    int sum = 0;
    int all = 0;
    for (int i = 0; i < entries.length; i += 2) {
      sum += bytesOf(entries[i], entries[i + 1]);
      all += hashOf(entries[i], entries[i + 1]);
    }
    this.bytes = sum;
    this.hash = all;
  }

  private SessionSettings(String[] entries, int hash, int bytes) {
    this.entries = entries;
    this.hash = hash;
    this.bytes = bytes;
  }

  private static int bytesOf(String name, String value) {
    return 2 * ENTRY_BYTES + name.length() + value.length();
  }

  /** Added up, whatever their order: what changes is known without a look at the rest. */
  private static int hashOf(String name, String value) {
    return (31 * name.hashCode() + value.hashCode()) * 0x9E37_79B9;
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
    return with(new TreeMap<>(Collections.singletonMap(name, value)));
  }

  /**
   * The same with other values. Takes one copy of references, however many there are.
   *
   * @param changes by name in lower case; null for a fresh connection's own
   */
  public SessionSettings with(SortedMap<String, @Nullable String> changes) {
    String[] all = new String[entries.length + 2 * changes.size()];
    int from = 0;
    int to = 0;
    int hashNow = hash;
    int bytesNow = bytes;
    for (Map.Entry<String, @Nullable String> change : changes.entrySet()) {
      String name = change.getKey();
      int at = find(name);
      int end = at < 0 ? -1 - at : at;
      System.arraycopy(entries, from, all, to, end - from);
      to += end - from;
      from = end;
      if (at >= 0) {
        hashNow -= hashOf(name, entries[at + 1]);
        bytesNow -= bytesOf(name, entries[at + 1]);
        from += 2;
      }
      String value = change.getValue();
      if (value != null) {
        all[to++] = name;
        all[to++] = value;
        hashNow += hashOf(name, value);
        bytesNow += bytesOf(name, value);
      }
    }
    System.arraycopy(entries, from, all, to, entries.length - from);
    to += entries.length - from;
    if (to == 0) {
      return NONE;
    }
    String[] exact = to == all.length ? all : Arrays.copyOf(all, to);
    return KNOWN.intern(new SessionSettings(exact, hashNow, bytesNow));
  }

  /** The settings with such names. */
  public SessionSettings only(Predicate<String> wanted) {
    String[] some = new String[entries.length];
    int to = 0;
    for (int i = 0; i < entries.length; i += 2) {
      if (wanted.test(entries[i])) {
        some[to++] = entries[i];
        some[to++] = entries[i + 1];
      }
    }
    if (to == entries.length) {
      return this;
    }
    return to == 0 ? NONE : KNOWN.intern(new SessionSettings(Arrays.copyOf(some, to)));
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

  /**
   * The value of a parameter in the other settings, if that alone is another there than here and
   * both have one; else null.
   */
  @Nullable String valueOfOnly(String name, SessionSettings other) {
    String[] there = other.entries;
    if (there.length != entries.length) {
      return null;
    }
    String value = null;
    for (int i = 0; i < entries.length; i += 2) {
      if (!entries[i].equals(there[i])) {
        return null;
      }
      if (!entries[i + 1].equals(there[i + 1])) {
        if (!entries[i].equals(name)) {
          return null;
        }
        value = there[i + 1];
      }
    }
    return value;
  }

  /** Where a name stands; otherwise -1 less the place where it would. */
  private int find(String name) {
    int low = 0;
    int high = entries.length / 2 - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = entries[2 * middle].compareTo(name);
      if (order == 0) {
        return 2 * middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1 - 2 * low;
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
