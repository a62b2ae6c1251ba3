package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.session.ClientError;
import dev.tenantgate.gateway.session.WireMeter;
import dev.tenantgate.gateway.settings.PinReason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connections, transactions and bytes. Thread-safe; every method is one or two additions to a
 * counter that threads don't fight over.
 */
public final class WireMeters implements WireMeter {

  private static final Duration[] WAIT_BUCKETS =
      GateMeters.seconds(
          0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

  private final LongAdder clients = new LongAdder();
  private final LongAdder connecting = new LongAdder();
  private final LongAdder active = new LongAdder();
  private final LongAdder idle = new LongAdder();
  private final LongAdder waiting = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final Timer waits;
  private final LongAdder transactions = new LongAdder();
  private final LongAdder bytesToBackend = new LongAdder();
  private final LongAdder bytesToFrontend = new LongAdder();

  private final Map<PinReason, LongAdder> pinned = new EnumMap<>(PinReason.class);

  private final Map<ClientError, LongAdder> failed = new EnumMap<>(ClientError.class);

  WireMeters(MeterRegistry registry) {
    for (ClientError reason : ClientError.values()) {
      LongAdder number = new LongAdder();
      failed.put(reason, number);
      FunctionCounter.builder("tenantgate.client.errors", number, LongAdder::sum)
          .description("Clients and transactions that could not be served, the gate aside.")
          .tag("reason", reason.label())
          .register(registry);
    }
    for (PinReason reason : PinReason.values()) {
      LongAdder number = new LongAdder();
      pinned.put(reason, number);
      Gauge.builder("tenantgate.pinned.sessions", number, LongAdder::sum)
          .description("Pooled sessions that keep their backend beyond a transaction.")
          .tag("reason", reason.label())
          .strongReference(true)
          .register(registry);
    }
    Gauge.builder("tenantgate.client.connections", clients, LongAdder::sum)
        .description("Connections of clients.")
        .register(registry);
    backends(registry, "active", active);
    backends(registry, "connecting", connecting);
    // In session mode a backend belongs to its session as long as that lasts; none is idle.
    backends(registry, "idle", idle);
    Gauge.builder("tenantgate.pool.waiting", waiting, LongAdder::sum)
        .description("Transactions that wait for a backend.")
        .strongReference(true)
        .register(registry);
    waits =
        Timer.builder("tenantgate.pool.wait")
            .description("How long transactions waited for a backend, of those that had to.")
            .serviceLevelObjectives(WAIT_BUCKETS)
            .register(registry);
    FunctionCounter.builder("tenantgate.pool.refused", refusals, LongAdder::sum)
        .description("Transactions that got no backend: the wait was too long, or cancelled.")
        .register(registry);
    FunctionCounter.builder("tenantgate.transactions", transactions, LongAdder::sum)
        .description("Transactions that ended.")
        .register(registry);
    bytes(registry, "to_backend", bytesToBackend);
    bytes(registry, "to_frontend", bytesToFrontend);
  }

  private static void backends(MeterRegistry registry, String state, LongAdder number) {
    Gauge.builder("tenantgate.backend.connections", number, LongAdder::sum)
        .description("Connections to PostgreSQL on behalf of clients.")
        .tag("state", state)
        .strongReference(true)
        .register(registry);
  }

  private static void bytes(MeterRegistry registry, String direction, LongAdder number) {
    FunctionCounter.builder("tenantgate.bytes", number, LongAdder::sum)
        .description("Bytes that were passed on.")
        .tag("direction", direction)
        .register(registry);
  }

  @Override
  public void clientConnected() {
    clients.increment();
  }

  @Override
  public void clientDisconnected() {
    clients.decrement();
  }

  @Override
  public void backendConnecting() {
    connecting.increment();
  }

  @Override
  public void backendActive() {
    connecting.decrement();
    active.increment();
  }

  @Override
  public void backendClosed(boolean wasActive) {
    (wasActive ? active : connecting).decrement();
  }

  @Override
  public void clientFailed(ClientError reason) {
    Objects.requireNonNull(failed.get(reason)).increment();
  }

  @Override
  public void sessionPinned(PinReason reason) {
    Objects.requireNonNull(pinned.get(reason)).increment();
  }

  @Override
  public void sessionUnpinned(PinReason reason) {
    Objects.requireNonNull(pinned.get(reason)).decrement();
  }

  @Override
  public void pooledConnecting() {
    connecting.increment();
  }

  @Override
  public void pooledNotConnected() {
    connecting.decrement();
  }

  @Override
  public void pooledOpened() {
    connecting.decrement();
    idle.increment();
  }

  @Override
  public void pooledLent() {
    idle.decrement();
    active.increment();
  }

  @Override
  public void pooledReturned() {
    active.decrement();
    idle.increment();
  }

  @Override
  public void pooledClosed(boolean wasLent) {
    (wasLent ? active : idle).decrement();
  }

  @Override
  public void waitStarted() {
    waiting.increment();
  }

  @Override
  public void waitEnded(long nanos, boolean granted) {
    waiting.decrement();
    waits.record(nanos, TimeUnit.NANOSECONDS);
    if (!granted) {
      refusals.increment();
    }
  }

  @Override
  public void toBackend(long bytes) {
    bytesToBackend.add(bytes);
  }

  @Override
  public void toFrontend(long bytes, long ended) {
    bytesToFrontend.add(bytes);
    if (ended != 0) {
      transactions.add(ended);
    }
  }
}
