package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a session's transaction began, and which schemas it has come to since. Allocates nothing for
 * one that stays where it is. Event-loop confined.
 */
final class TransactionTrace {

  private final List<Routed> visited = new ArrayList<>(0);
  private long beganNanos;

  /** A transaction begins. */
  void begin() {
    beganNanos = System.nanoTime();
    forget();
  }

  /** It is over. */
  void forget() {
    if (!visited.isEmpty()) {
      visited.clear();
    }
  }

  /** It goes elsewhere. */
  void visit(List<Routed> routes) {
    visited.addAll(routes);
  }

  /** Whether it was let through to just these schemas before. */
  boolean hasVisited(Routed route) {
    for (int i = 0; i < visited.size(); i++) {
      if (visited.get(i).schemas().equals(route.schemas())) {
        return true;
      }
    }
    return false;
  }

  /** When it began, by {@link System#nanoTime}. */
  long beganNanos() {
    return beganNanos;
  }

  /**
   * Whether it is, began or has been in that schema.
   *
   * @param here where the session is; null if only the server knows, so that it may be anywhere
   * @param entered where the transaction began; null if that wasn't gated
   */
  boolean touches(SchemaRef schema, @Nullable Routed here, @Nullable Routed entered) {
    if (here == null || leadsTo(here, schema) || (entered != null && leadsTo(entered, schema))) {
      return true;
    }
    for (Routed other : visited) {
      if (leadsTo(other, schema)) {
        return true;
      }
    }
    return false;
  }

  private static boolean leadsTo(Routed where, SchemaRef schema) {
    for (int i = 0; i < where.schemas().size(); i++) {
      if (where.schemas().get(i).schema().equals(schema)) {
        return true;
      }
    }
    return false;
  }
}
