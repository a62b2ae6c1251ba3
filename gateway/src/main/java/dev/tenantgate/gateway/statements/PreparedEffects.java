package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.BoundValues;
import dev.tenantgate.gateway.scan.EffectKind.Statements;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SessionEffect.ExecuteStatement;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The prepared statements and portals of a session that have an effect on it; nearly always none.
 * Statements of the protocol and of SQL share their names. Each message says in which exchange it
 * goes out. Event-loop confined.
 */
public final class PreparedEffects {

  private final NamedEffects statements;
  private final NamedEffects portals;

  /** None yet, of a session with that memory. */
  public PreparedEffects(SessionMemory memory) {
    statements = new NamedEffects(memory);
    portals = new NamedEffects(memory);
  }

  /** Whether there is memory for one more with these effects. */
  public boolean hasRoom(List<SessionEffect> effects) {
    return statements.hasRoom(effects);
  }

  /** No transaction is under way, and none was sent: there is no portal any more. */
  public void transactionEnded() {
    if (!portals.isEmpty()) {
      portals.clear();
    }
  }

  public boolean hasStatements() {
    return !statements.isEmpty();
  }

  public boolean hasPortals() {
    return !portals.isEmpty();
  }

  /**
   * A Parse goes out.
   *
   * @param first whether nothing can make the server skip it
   */
  public void parsed(String statement, ScannedQuery query, long exchange, boolean first) {
    // One without a name that fails leaves none; one with a name leaves the one that has it.
    statements.change(statement, query.effects(), exchange, first && statement.isEmpty());
  }

  /** A statement is known to have one more effect, wherever it was prepared. */
  public void adds(String statement, SessionEffect more, long exchange) {
    List<SessionEffect> effects = new ArrayList<>(statements.get(statement, exchange));
    if (!effects.contains(more)) {
      effects.add(more);
      statements.change(statement, List.copyOf(effects), exchange, true);
    }
  }

  /** The effects of a statement. */
  public List<SessionEffect> ofStatement(String statement, long exchange) {
    return statements.get(statement, exchange);
  }

  /** A Bind goes out. */
  public void bound(String portal, String statement, BoundValues values, long exchange) {
    List<SessionEffect> effects = statements.get(statement, exchange);
    portals.change(
        portal, effects.stream().map(effect -> effect.bound(values)).toList(), exchange, false);
  }

  /** The effects of an Execute of the portal. */
  public List<SessionEffect> ofPortal(String portal, long exchange) {
    return portals.get(portal, exchange);
  }

  /** An Execute goes out; to go on with the same portal has no effect anymore. */
  public void executed(String portal, long exchange) {
    portals.change(portal, List.of(), exchange, false);
  }

  public void closedStatement(String statement, long exchange) {
    statements.change(statement, List.of(), exchange, false);
  }

  /** The exchanges up to this are answered, the last of them by an error or not. */
  public void answered(long exchange, boolean failed) {
    statements.answered(exchange, failed);
    portals.answered(exchange, failed);
  }

  /** The same effects, with EXECUTE replaced by what it executes. */
  public List<SessionEffect> resolved(List<SessionEffect> effects, long exchange) {
    List<SessionEffect> resolved = new ArrayList<>(effects.size());
    Map<String, List<SessionEffect>> made = Map.of();
    for (SessionEffect effect : effects) {
      if (effect.kind().statements() == Statements.EXECUTES) {
        ExecuteStatement execute = (ExecuteStatement) effect;
        BoundValues values = new BoundValues(execute.arguments());
        List<SessionEffect> named = made.get(execute.name());
        for (SessionEffect inner :
            named == null ? statements.get(execute.name(), exchange) : named) {
          resolved.add(inner.bound(values));
        }
      } else {
        if (effect.kind().statements() == Statements.PREPARES) {
          PrepareStatement prepare = (PrepareStatement) effect;
          made = made.isEmpty() ? new HashMap<>() : made;
          made.put(prepare.name(), prepare.effects());
        }
        resolved.add(effect);
      }
    }
    return resolved;
  }

  /** A statement with this effect goes out. */
  public void sent(SessionEffect effect, long exchange) {
    switch (effect.kind().statements()) {
      case PREPARES -> {
        PrepareStatement prepare = (PrepareStatement) effect;
        statements.change(prepare.name(), prepare.effects(), exchange, false);
      }
      case DROPS ->
          statements.change(
              ((SessionEffect.OfStatement) effect).name(), List.of(), exchange, false);
      case DROPS_ALL -> statements.changeAll(exchange);
      case DISCARDS -> {
        statements.changeAll(exchange);
        portals.changeAll(exchange);
      }
      case NONE, EXECUTES -> {}
    }
  }
}
