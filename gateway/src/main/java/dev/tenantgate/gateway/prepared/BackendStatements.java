package dev.tenantgate.gateway.prepared;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that are prepared on one backend, the one unused for longest first. No name is
 * ever used twice on a backend: what one believes to be closed may still be there. Event-loop
 * confined.
 */
public final class BackendStatements {

  private static final String PREFIX = GatewayNames.prefix();

  private final Map<PlanKey, BackendStatement> byKey = new LinkedHashMap<>(16, 0.75f, true);

  /** On the server and of no use: another has been prepared in the meantime. */
  private final Deque<BackendStatement> superseded = new ArrayDeque<>(0);

  private long lastName;

  /** The statement to use in a batch; null if it has to be prepared first. */
  public @Nullable BackendStatement find(PlanKey key, long batch) {
    BackendStatement statement = byKey.get(key);
    return statement != null && statement.isUsable(batch) ? statement : null;
  }

  /** Adds a statement whose Parse goes out in a batch. */
  public BackendStatement add(PlanKey key, long batch) {
    byte[] name = (PREFIX + ++lastName).getBytes(StandardCharsets.US_ASCII);
    BackendStatement statement = new BackendStatement(key, name, batch);
    BackendStatement before = byKey.put(key, statement);
    if (before != null && before.isConfirmed()) {
      superseded.addLast(before);
    }
    return statement;
  }

  /** Takes out a statement to be closed; null if there are not too many. */
  public @Nullable BackendStatement evict(int most) {
    if (!superseded.isEmpty()) {
      return superseded.removeFirst();
    }
    if (byKey.size() <= most) {
      return null;
    }
    BackendStatement eldest = byKey.values().iterator().next();
    byKey.remove(eldest.key());
    return eldest;
  }

  /** The server has said that it is prepared. */
  public void confirm(BackendStatement statement) {
    statement.confirm();
    if (byKey.get(statement.key()) != statement) {
      superseded.addLast(statement);
    }
  }

  /** It was to be closed, and the server has skipped that. */
  public void keep(BackendStatement statement) {
    superseded.addLast(statement);
  }

  /** The server didn't prepare it, or has it no more. */
  public void forget(BackendStatement statement) {
    byKey.remove(statement.key(), statement);
  }

  /** Takes all out, for as long as it takes to learn whether the server has lost them. */
  public BackendStatements takeAll() {
    BackendStatements taken = new BackendStatements();
    taken.byKey.putAll(byKey);
    taken.superseded.addAll(superseded);
    byKey.clear();
    superseded.clear();
    return taken;
  }

  /** Puts back what was taken: the server has them still. */
  public void putBack(BackendStatements taken) {
    superseded.addAll(taken.superseded);
    for (BackendStatement statement : taken.byKey.values()) {
      if (byKey.putIfAbsent(statement.key(), statement) != null) {
        superseded.addLast(statement);
      }
    }
  }

  public int size() {
    return byKey.size();
  }
}
