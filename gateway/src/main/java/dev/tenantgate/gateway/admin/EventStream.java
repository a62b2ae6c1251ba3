package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * State changes, migrations and holds as server-sent events, for those who have subscribed. Costs
 * nothing while nobody has. Thread-safe.
 */
public final class EventStream implements GateEvents {

  /** Subscribers at once. */
  static final int MAX_SUBSCRIBERS = 64;

  private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
  private final AtomicLong number = new AtomicLong();

  /** Takes events; must not block, and drops itself when it can't keep up. */
  interface Subscriber {
    void event(String text);
  }

  /** Whether there was room. */
  boolean subscribe(Subscriber subscriber) {
    synchronized (subscribers) {
      return subscribers.size() < MAX_SUBSCRIBERS && subscribers.add(subscriber);
    }
  }

  void unsubscribe(Subscriber subscriber) {
    subscribers.remove(subscriber);
  }

  int subscribers() {
    return subscribers.size();
  }

  @Override
  public void stateChanged(@Nullable TenantState before, TenantState after) {
    if (!subscribers.isEmpty()) {
      ObjectNode json = TenantJson.state(after);
      json.put("before", before == null ? null : before.name().label());
      publish("state", json);
    }
  }

  @Override
  public void migrationStarted(SchemaRef schema) {
    if (!subscribers.isEmpty()) {
      publish("migration_started", schema(schema));
    }
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    if (!subscribers.isEmpty()) {
      publish("migration_ended", TenantJson.outcome(outcome));
    }
  }

  @Override
  public void migrationRetried(SchemaRef schema, int attempt, String sqlState) {
    if (!subscribers.isEmpty()) {
      ObjectNode json = schema(schema);
      json.put("attempt", attempt);
      json.put("sqlstate", sqlState);
      publish("migration_retried", json);
    }
  }

  @Override
  public void drainEnded(SchemaRef schema, DrainEnd end) {
    if (!subscribers.isEmpty() && end instanceof DrainEnd.TimedOut late) {
      ObjectNode json = schema(schema);
      json.put("waited_ms", late.elapsed().toMillis());
      json.put("in_the_way", late.inTheWay());
      publish("migration_put_off", json);
    }
  }

  @Override
  public void holdStarted(SchemaRef tenant, SchemaRef waitsFor) {
    if (!subscribers.isEmpty()) {
      ObjectNode json = schema(tenant);
      json.put("waits_for", waitsFor.schema());
      publish("hold_started", json);
    }
  }

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration held) {
    if (!subscribers.isEmpty()) {
      ObjectNode json = schema(tenant);
      json.put("end", end.name().toLowerCase(Locale.ROOT));
      json.put("held_ms", held.toMillis());
      publish("hold_ended", json);
    }
  }

  private void publish(String event, ObjectNode json) {
    json.put("at", Instant.now().toString());
    String text =
        "id: %d\nevent: %s\ndata: %s\n\n"
            .formatted(number.incrementAndGet(), event, Json.text(json));
    subscribers.forEach(subscriber -> subscriber.event(text));
  }

  private static ObjectNode schema(SchemaRef schema) {
    ObjectNode json = Json.object();
    if (schema.tenant() != null) {
      json.put("tenant", schema.tenant());
    }
    json.put("schema", schema.schema());
    return json;
  }
}
