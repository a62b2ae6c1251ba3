package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.BoundValues;
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

  private final Map<String, List<SessionEffect>> statements = new HashMap<>();
  private final Map<String, List<SessionEffect>> portals = new HashMap<>();

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
      statements.remove(statement);
    } else {
      statements.put(statement, effects);
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
      portals.remove(portal);
    } else {
      portals.put(portal, effects.stream().map(effect -> bound(effect, values)).toList());
    }
  }

  /** What an Execute of the portal does. */
  List<SessionEffect> ofPortal(String portal) {
    return portals.getOrDefault(portal, List.of());
  }

  /** An Execute goes out; to go on with the same portal has no effect anymore. */
  void executed(String portal) {
    portals.remove(portal);
  }

  void closedStatement(String statement) {
    statements.remove(statement);
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
      statements.remove(deallocate.name());
    } else if (effect instanceof DeallocateAll || effect instanceof DiscardAll) {
      statements.clear();
      portals.clear();
    }
  }

  private static SessionEffect bound(SessionEffect effect, BoundValues values) {
    return effect instanceof SetConfig call ? call.bound(values) : effect;
  }
}
