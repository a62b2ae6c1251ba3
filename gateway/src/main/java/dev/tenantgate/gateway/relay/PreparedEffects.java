package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.BoundValues;
import dev.tenantgate.gateway.scan.EffectSize;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SessionEffect.Deallocate;
import dev.tenantgate.gateway.scan.SessionEffect.DeallocateAll;
import dev.tenantgate.gateway.scan.SessionEffect.DiscardAll;
import dev.tenantgate.gateway.scan.SessionEffect.ExecuteStatement;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareStatement;
import dev.tenantgate.gateway.scan.SessionEffect.SetConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The prepared statements and portals of a session that have an effect on it; nearly always none.
 * Those of the protocol and those of SQL share their names. Event-loop confined.
 */
final class PreparedEffects {

  private static final int ENTRY_BYTES = 96;

  private final Map<String, List<SessionEffect>> statements = new HashMap<>();
  private final Map<String, List<SessionEffect>> portals = new HashMap<>();
  private final SessionMemory memory;
  private int bytes;

  /** None yet, of a session with that memory. */
  PreparedEffects(SessionMemory memory) {
    this.memory = memory;
  }

  private static int size(String name, List<SessionEffect> effects) {
    return ENTRY_BYTES + name.length() + EffectSize.of(effects);
  }

  private void put(Map<String, List<SessionEffect>> all, String name, List<SessionEffect> effects) {
    int more = size(name, effects);
    List<SessionEffect> before = all.put(name, effects);
    if (before != null) {
      more -= size(name, before);
    }
    bytes += more;
    memory.keep(more, 0);
  }

  private void remove(Map<String, List<SessionEffect>> all, String name) {
    List<SessionEffect> before = all.remove(name);
    if (before != null) {
      int less = size(name, before);
      bytes -= less;
      memory.give(less, 0);
    }
  }

  /** Whether there is memory for one more with these effects. */
  boolean hasRoom(List<SessionEffect> effects) {
    return effects.isEmpty() || memory.hasRoom(ENTRY_BYTES + EffectSize.of(effects));
  }

  /** No transaction is under way, and none was sent: there is no portal any more. */
  void transactionEnded() {
    if (!portals.isEmpty()) {
      List.copyOf(portals.keySet()).forEach(portal -> remove(portals, portal));
    }
  }

  boolean hasStatements() {
    return !statements.isEmpty();
  }

  boolean hasPortals() {
    return !portals.isEmpty();
  }

  /** A Parse goes out. */
  void parsed(String statement, ScannedQuery query) {
    prepared(statement, query.effects());
  }

  private void prepared(String statement, List<SessionEffect> effects) {
    if (effects.isEmpty()) {
      remove(statements, statement);
    } else {
      put(statements, statement, effects);
    }
  }

  /** What the statement does. */
  List<SessionEffect> ofStatement(String statement) {
    return statements.getOrDefault(statement, List.of());
  }

  /** A Bind goes out. */
  void bound(String portal, String statement, BoundValues values) {
    List<SessionEffect> effects = statements.get(statement);
    if (effects == null) {
      remove(portals, portal);
    } else {
      put(portals, portal, effects.stream().map(effect -> bound(effect, values)).toList());
    }
  }

  /** What an Execute of the portal does. */
  List<SessionEffect> ofPortal(String portal) {
    return portals.getOrDefault(portal, List.of());
  }

  /** An Execute goes out; to go on with the same portal has no effect anymore. */
  void executed(String portal) {
    remove(portals, portal);
  }

  void closedStatement(String statement) {
    remove(statements, statement);
  }

  /** The same effects, with EXECUTE replaced by what it executes. */
  List<SessionEffect> resolved(List<SessionEffect> effects) {
    List<SessionEffect> resolved = new ArrayList<>(effects.size());
    for (SessionEffect effect : effects) {
      if (effect instanceof ExecuteStatement execute) {
        BoundValues values = new BoundValues(execute.arguments());
        for (SessionEffect inner : statements.getOrDefault(execute.name(), List.of())) {
          resolved.add(inner instanceof ExecuteStatement ? inner : bound(inner, values));
        }
      } else {
        if (effect instanceof PrepareStatement prepare) {
          prepared(prepare.name(), prepare.effects());
        }
        resolved.add(effect);
      }
    }
    return resolved;
  }

  /** A statement with this effect has succeeded. */
  void apply(SessionEffect effect) {
    if (effect instanceof Deallocate deallocate) {
      remove(statements, deallocate.name());
    } else if (effect instanceof DeallocateAll || effect instanceof DiscardAll) {
      statements.clear();
      portals.clear();
      memory.give(bytes, 0);
      bytes = 0;
    }
  }

  private static SessionEffect bound(SessionEffect effect, BoundValues values) {
    return effect instanceof SetConfig call ? call.bound(values) : effect;
  }
}
