package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.timeout.WatchedClient;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A client's state at the moment, and since when. Event-loop confined. */
public final class ClientActivity implements WatchedClient {

  private final Relay relay;
  private final Lender pool;
  private final RelayListener listener;
  private boolean idleWanted;
  private @Nullable String application;

  ClientActivity(Relay relay, Lender pool, RelayListener listener) {
    this.relay = relay;
    this.pool = pool;
    this.listener = listener;
  }

  /** Whether a transaction is under way. */
  @Override
  public boolean isUnderWay() {
    PooledBackend backend = relay.backend();
    return backend != null
        && !relay.lease().isReadingBack()
        && (relay.passage().isAdmitted()
            || relay.requests().isInBatch()
            || !backend.isBetweenTransactions());
  }

  /** Whether a transaction is under way in which nothing is done at the moment. */
  public boolean isIdleInTransaction() {
    PooledBackend backend = relay.backend();
    return backend != null
        && relay.lease().isHeld()
        && !relay.requests().isInBatch()
        && backend.owed().isEmpty()
        && !backend.isBetweenTransactions()
        && backend.atBoundary();
  }

  /** Whether the client waits for something that the gateway has to give. */
  public boolean isWaiting() {
    return relay.isWaiting();
  }

  /** Whether it waits for the gate. */
  public boolean isHeld() {
    return relay.passage().isWaiting();
  }

  /** Whether the server owes it an answer. */
  @Override
  public boolean isWorking() {
    PooledBackend backend = relay.backend();
    return backend != null && !backend.owed().isEmpty();
  }

  /** Whether what is under way is a stream of replication. */
  public boolean isStreaming() {
    PooledBackend backend = relay.backend();
    return backend != null && backend.copied().isStreaming();
  }

  /** When the transaction under way began, by {@link System#nanoTime}. */
  public long beganNanos() {
    return relay.passage().beganNanos();
  }

  /** The process at the server that the transaction runs in; 0 if there is none, or unknown. */
  public int backendProcess() {
    PooledBackend backend = relay.backend();
    return backend == null ? 0 : backend.processId();
  }

  /**
   * The {@code application_name} that the server has reported last; null if it has reported none.
   */
  public @Nullable String application() {
    return application;
  }

  /** The server has reported its {@code application_name}. */
  void isNamed(String name) {
    application = name;
  }

  /** How many statements the client has prepared by name. */
  public int prepared() {
    return relay.requests().statements().prepared();
  }

  /** Why the session keeps its backend; null if it doesn't. */
  public @Nullable PinReason pinReason() {
    return relay.pin().reason();
  }

  /** For how long it has kept it. */
  public Duration pinDuration() {
    return relay.pin().duration();
  }

  // ---- a backend that is left idle

  @Override
  public boolean isEnded() {
    return relay.isEnded();
  }

  @Override
  public ClientTraffic traffic() {
    return relay.traffic();
  }

  @Override
  public @Nullable PooledBackend backend() {
    return relay.backend();
  }

  @Override
  public @Nullable PooledBackend cancellable() {
    return relay.lease().isHeld() ? relay.backend() : null;
  }

  @Override
  public void fail(Report report) {
    relay.fail(report);
  }

  @Override
  public void timedOut(Report report) {
    listener.timedOut(report);
  }

  @Override
  public void goOn() {
    relay.goOn();
  }

  @Override
  public ClientTimeouts timeouts() {
    return pool.rules().timeouts();
  }

  @Override
  public String keyOf(PoolSettings.Own limit) {
    return pool.rules().keyOf(limit, pool.key().database(), pool.key().user());
  }

  @Override
  public boolean isQueryRunning() {
    PooledBackend backend = relay.backend();
    return backend != null
        && !backend.owed().isEmpty()
        && (backend.copied().isTaken() || !lacksEnd(backend));
  }

  @Override
  public boolean isAtRest() {
    PooledBackend backend = relay.backend();
    return !relay.isWaiting()
        && !isUnderWay()
        && !relay.unforeseen().isUnderWay()
        && (backend == null || backend.owed().isEmpty());
  }

  @Override
  public boolean keepsBackend() {
    PooledBackend backend = relay.backend();
    return !relay.isEnded()
        && backend != null
        && !backend.copied().isStreaming()
        && (pool.isShared() || isUnderWay() || !relay.requests().isDone());
  }

  @Override
  public boolean waitsForClient() {
    PooledBackend backend = relay.backend();
    return isIdleInTransaction()
        || (backend != null
            && relay.lease().isHeld()
            && (lacksEnd(backend) || relay.lease().isKeptForLongText()));
  }

  /** Whether it is the client's turn: a message, a batch or copied data lack their end. */
  private boolean lacksEnd(PooledBackend backend) {
    Requests requests = relay.requests();
    if (requests.isPaused()) {
      return false;
    }
    return !requests.isDone()
        || backend.copied().isTaken()
        || (requests.isInBatch()
            && !backend.owed().hasReady()
            && (!requests.isFlushed() || backend.isSkipping() || backend.owed().isEmpty()));
  }

  // ---- becoming idle

  /** Calls {@link RelayListener#becameIdle} once the session is idle, at once if it is. */
  public void awaitIdle() {
    idleWanted = true;
    tellIfIdle();
  }

  /** The session may have become idle. */
  void tellIfIdle() {
    if (idleWanted && !relay.isEnded() && isIdle()) {
      idleWanted = false;
      listener.becameIdle();
    }
  }

  private boolean isIdle() {
    PooledBackend backend = relay.backend();
    Requests requests = relay.requests();
    boolean idle =
        backend == null
            ? !relay.isWaiting()
                && requests.isDone()
                && !requests.isSkipping()
                && !requests.deferred().isUnderWay()
            : relay.lease().isHeld()
                && relay.lease().isKept()
                && !requests.isInBatch()
                && (backend.isBetweenTransactions() || backend.copied().isStreaming());
    return idle && !relay.unforeseen().isUnderWay();
  }
}
