package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.session.SessionMeter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connections, transactions and bytes. Thread-safe; every method is one or two additions to a
 * counter that threads don't fight over.
 */
public final class WireMeters implements SessionMeter {

  private final LongAdder clients = new LongAdder();
  private final LongAdder connecting = new LongAdder();
  private final LongAdder active = new LongAdder();
  private final LongAdder transactions = new LongAdder();
  private final LongAdder bytesToBackend = new LongAdder();
  private final LongAdder bytesToFrontend = new LongAdder();

  WireMeters(MeterRegistry registry) {
    Gauge.builder("tenantgate.client.connections", clients, LongAdder::sum)
        .description("Connections of clients.")
        .register(registry);
    backends(registry, "active", active);
    backends(registry, "connecting", connecting);
    // A backend belongs to its session as long as that lasts; none waits for the next.
    backends(registry, "idle", new LongAdder());
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
