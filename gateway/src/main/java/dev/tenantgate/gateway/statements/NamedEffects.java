package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.EffectSize;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The effects of a session's statements, or of its portals, by their names; only those that have
 * any. A message by which a name means something else may fail or be skipped, which is known once
 * its exchange is answered. Where it isn't known which of two it means, it counts as doing
 * anything. Event-loop confined.
 */
final class NamedEffects {

  private static final int ENTRY_BYTES = 96;
  private static final List<SessionEffect> NONE = List.of();
  private static final List<SessionEffect> ANYTHING =
      List.of(SessionEffect.of(EffectKind.OPAQUE_BODY));

  private final Map<String, Entry> entries = new HashMap<>();
  private final SessionMemory memory;
  private int bytes;

  /** How many may still be what they were. */
  private int undecided;

  /**
   * The meaning of a name.
   *
   * @param now if all that was sent succeeds
   * @param before if the message fails; the same where that can't be
   * @param exchange whose answer tells
   */
  private record Entry(List<SessionEffect> now, List<SessionEffect> before, long exchange) {

    boolean isUndecided() {
      return !now.equals(before);
    }

    /** Its meaning where nobody can tell. */
    List<SessionEffect> either() {
      return isUndecided() ? ANYTHING : now;
    }

    int bytes() {
      return ENTRY_BYTES + EffectSize.of(now) + (isUndecided() ? EffectSize.of(before) : 0);
    }
  }

  NamedEffects(SessionMemory memory) {
    this.memory = memory;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Whether there is memory for one more with these effects. */
  boolean hasRoom(List<SessionEffect> effects) {
    return effects.isEmpty() || memory.hasRoom(ENTRY_BYTES + EffectSize.of(effects));
  }

  /** The meaning of a name to a message of an exchange. */
  List<SessionEffect> get(String name, long exchange) {
    Entry entry = entries.get(name);
    if (entry == null) {
      return NONE;
    }
    // An error before a message of the same exchange makes the server skip that as well.
    return entry.exchange() == exchange ? entry.now() : entry.either();
  }

  /**
   * A name is to mean something else.
   *
   * @param certain whether it can't go on to mean what it did
   */
  void change(String name, List<SessionEffect> effects, long exchange, boolean certain) {
    Entry before = entries.get(name);
    if (before == null && effects.isEmpty()) {
      return;
    }
    put(
        name,
        new Entry(effects, certain ? effects : before == null ? NONE : before.either(), exchange));
  }

  /** All names are to mean nothing. */
  void changeAll(long exchange) {
    for (String name : List.copyOf(entries.keySet())) {
      change(name, NONE, exchange, false);
    }
  }

  /** The exchanges up to this are answered. */
  void answered(long exchange, boolean failed) {
    if (undecided == 0) {
      return;
    }
    for (Map.Entry<String, Entry> each : List.copyOf(entries.entrySet())) {
      Entry entry = each.getValue();
      if (entry.isUndecided() && entry.exchange() <= exchange) {
        List<SessionEffect> known = failed ? entry.either() : entry.now();
        put(each.getKey(), new Entry(known, known, exchange));
      }
    }
  }

  void clear() {
    entries.clear();
    undecided = 0;
    memory.give(bytes, 0);
    bytes = 0;
  }

  private void put(String name, Entry entry) {
    Entry before = entries.remove(name);
    int more = 0;
    if (before != null) {
      more -= before.bytes() + name.length();
      undecided -= before.isUndecided() ? 1 : 0;
    }
    if (entry.isUndecided() || !entry.now().isEmpty()) {
      entries.put(name, entry);
      more += entry.bytes() + name.length();
      undecided += entry.isUndecided() ? 1 : 0;
    }
    bytes += more;
    memory.keep(more, 0);
  }
}
