package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.GatewayNames;
import dev.tenantgate.gateway.statements.PlanKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that are prepared on one backend, the one unused for longest first. No name is
 * ever used twice on a backend: what one believes to be closed may still be there.
 *
 * <p>A statement by which all are gone takes them out when it is sent. Until the server has told
 * what became of it they wait in a layer, the first sent first; what it says in the meantime is
 * about what was sent before, and so about the first layer. Event-loop confined.
 */
public final class BackendStatements {

  private static final String PREFIX = GatewayNames.prefix();

  private final Map<PlanKey, BackendStatement> byKey = new LinkedHashMap<>(16, 0.75f, true);

  /** On the server and of no use: another has been prepared in the meantime. */
  private final Deque<BackendStatement> superseded = new ArrayDeque<>(0);

  /** Statements that were taken out and may have to be put back, in that order. */
  private final List<BackendStatements> layers = new ArrayList<>(0);

  /** How many the server has said to be prepared, the one that sets parameters among them. */
  public int confirmed() {
    int count = superseded.size() + (setter ? 1 : 0);
    for (BackendStatement statement : byKey.values()) {
      count += statement.isConfirmed() ? 1 : 0;
    }
    return count;
  }

  /** Whether the gateway's own statement that sets parameters is among them. */
  private boolean setter;

  private final Object place = new Object();

  private long lastName;

  /** Stands for these, and keeps none of them in memory. */
  public Object place() {
    return place;
  }

  /** The statement to use in a batch; null if it has to be prepared first. */
  public @Nullable BackendStatement find(PlanKey key, long batch) {
    BackendStatement statement = byKey.get(key);
    return statement != null && statement.isUsable(batch) ? statement : null;
  }

  /** The one of a key, prepared or about to be; null if there is none. */
  public @Nullable BackendStatement underWay(PlanKey key) {
    return byKey.get(key);
  }

  /** Whether a statement is there still, or is about to be. */
  public boolean has(BackendStatement statement) {
    return isFound(statement) || layers.stream().anyMatch(layer -> layer.isFound(statement));
  }

  /**
   * Adds a statement whose Parse goes out in a batch.
   *
   * @param analysedAt when, by the {@link dev.tenantgate.gateway.statements.AnalysisClock}
   * @param owner the client's statement whose own Parse makes it; null if others may use it
   */
  public BackendStatement add(
      PlanKey key, long batch, long analysedAt, @Nullable ClientStatement owner) {
    byte[] name = (PREFIX + ++lastName).getBytes(StandardCharsets.US_ASCII);
    BackendStatement statement = new BackendStatement(key, name, batch, analysedAt, owner);
    BackendStatement before = byKey.put(key, statement);
    if (before != null && before.isConfirmed()) {
      superseded.addLast(before);
    }
    return statement;
  }

  /** It is of no use any more, and is closed when the next is prepared. */
  public void retire(BackendStatement statement) {
    if (byKey.remove(statement.key(), statement)) {
      superseded.addLast(statement);
    }
  }

  /** Takes out a statement that is being closed; whether it was there. */
  public boolean take(BackendStatement statement) {
    return byKey.remove(statement.key(), statement);
  }

  /**
   * Takes out a statement to be closed: one of no use to anybody, as far as it has been unused for
   * longest, or one too many; null if there is none.
   */
  public @Nullable BackendStatement evict(int most) {
    if (!superseded.isEmpty()) {
      return superseded.removeFirst();
    }
    if (byKey.isEmpty()) {
      return null;
    }
    BackendStatement eldest = byKey.values().iterator().next();
    if (byKey.size() <= most && !eldest.isOrphan()) {
      return null;
    }
    byKey.remove(eldest.key());
    return eldest;
  }

  /** The server has said that it is prepared. */
  public void confirm(BackendStatement statement) {
    statement.confirm();
    if (!has(statement)) {
      first().superseded.addLast(statement);
    }
  }

  private boolean isFound(BackendStatement statement) {
    return byKey.get(statement.key()) == statement;
  }

  /** The statements at the moment that the server's next answer is about. */
  private BackendStatements first() {
    return layers.isEmpty() ? this : layers.get(0);
  }

  /** It was to be closed, and the server has skipped that. */
  public void keep(BackendStatement statement) {
    first().superseded.addLast(statement);
  }

  /** The server didn't prepare it, or has it no more. */
  public void forget(BackendStatement statement) {
    byKey.remove(statement.key(), statement);
    layers.forEach(layer -> layer.byKey.remove(statement.key(), statement));
  }

  /** Whether the gateway's own statement that sets parameters is prepared. */
  public boolean hasSetter() {
    return setter;
  }

  /** The statement that sets parameters is prepared from now on. */
  public void addSetter() {
    setter = true;
  }

  /**
   * Takes all out, for as long as it takes to learn whether the server has lost them: either {@link
   * #lost} or {@link #putBack} is to follow.
   */
  public BackendStatements takeAll() {
    BackendStatements taken = new BackendStatements();
    taken.byKey.putAll(byKey);
    taken.superseded.addAll(superseded);
    taken.setter = setter;
    byKey.clear();
    superseded.clear();
    setter = false;
    layers.add(taken);
    return taken;
  }

  /** The statements that were taken are gone. */
  public void lost(BackendStatements taken) {
    layers.remove(taken);
  }

  /** The statements that were taken are still there: the next who takes all takes them as well. */
  public void putBack(BackendStatements taken) {
    int at = layers.indexOf(taken);
    layers.remove(at);
    BackendStatements next = at < layers.size() ? layers.get(at) : this;
    next.superseded.addAll(taken.superseded);
    next.setter |= taken.setter;
    for (BackendStatement statement : taken.byKey.values()) {
      if (next.byKey.putIfAbsent(statement.key(), statement) != null) {
        next.superseded.addLast(statement);
      }
    }
  }

  public int size() {
    return byKey.size();
  }
}
