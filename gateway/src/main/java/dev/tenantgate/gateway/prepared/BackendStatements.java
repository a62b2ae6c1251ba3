package dev.tenantgate.gateway.prepared;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
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

  private static final String PREFIX = "tenantgate_" + Names.SECRET + "_";

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
    byKey.put(key, statement);
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

  /** The server has none any more. */
  public void clear() {
    byKey.clear();
    superseded.clear();
  }

  public int size() {
    return byKey.size();
  }

  /** Names that no client can guess, so that none can use what it hasn't prepared. */
  private static final class Names {
    static final String SECRET = Long.toUnsignedString(new SecureRandom().nextLong(), 36);
  }
}
