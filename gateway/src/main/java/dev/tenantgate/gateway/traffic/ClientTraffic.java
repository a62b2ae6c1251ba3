package dev.tenantgate.gateway.traffic;

import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.gateway.tracing.TraceSpan;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts one client's traffic for its database and user. It reads the clock twice for each exchange
 * with the server. Event-loop confined.
 */
public final class ClientTraffic {

  /** Nothing is under way. */
  private static final long NONE = Long.MIN_VALUE;

  private final TrafficCounters counters;
  private final LongSupplier nanoTime;
  private final @Nullable ClientTrace trace;
  private long queryNanos = NONE;
  private long transactionNanos = NONE;
  private long requestedNanos;
  private long waitingNanos = NONE;
  private boolean ended;

  /** Exchanges and transactions that have ended, and how many exchanges had when one began. */
  private long exchanges;

  private long transactions;
  private long exchangesBefore;

  /**
   * Begins to count a client.
   *
   * @param counters of its database and user, on its event loop
   * @param nanoTime the clock, as {@link System#nanoTime} is
   * @param trace its spans, for exemplars; null if nothing is traced
   */
  public ClientTraffic(
      TrafficCounters counters, LongSupplier nanoTime, @Nullable ClientTrace trace) {
    this.trace = trace;
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.requestedNanos = nanoTime.getAsLong();
    counters.change(TrafficLevel.CLIENTS, 1);
    counters.count(TrafficCount.CLIENT_LOGINS);
  }

  /** The client has a server connection: for a transaction, or for its session. */
  public void assigned() {
    counters.count(TrafficCount.SERVER_ASSIGNMENTS);
  }

  /** Bytes of the client's have gone to its server: an answer is due. */
  public void sent(long bytes) {
    if (bytes == 0) {
      return;
    }
    counters.add(TrafficCount.RECEIVED_BYTES, bytes);
    if (queryNanos == NONE) {
      queryNanos = nanoTime.getAsLong();
      exchangesBefore = exchanges;
      requestedNanos = queryNanos;
      waitingNanos = NONE;
      if (transactionNanos == NONE) {
        transactionNanos = queryNanos;
      }
    }
  }

  /** The server has sent something for the client. */
  public void received(long bytes) {
    counters.add(TrafficCount.SENT_BYTES, bytes);
  }

  /** The client has prepared a statement. */
  public void parsed() {
    counters.count(TrafficCount.CLIENT_PARSES);
  }

  /** A statement has been prepared at the server for the client. */
  public void parsedAtServer() {
    counters.count(TrafficCount.SERVER_PARSES);
  }

  /** The client has bound a statement. */
  public void bound() {
    counters.count(TrafficCount.BINDS);
  }

  /**
   * A ReadyForQuery for the client is here.
   *
   * @param transactionEnded whether no transaction is open any more
   * @param owesNothing whether all that the client sent is answered
   */
  public void ready(boolean transactionEnded, boolean owesNothing) {
    count(transactionEnded, owesNothing);
    if (trace != null) {
      trace.ready(transactionEnded, owesNothing);
    }
  }

  /** A message is refused here: no server has got it. */
  public void refused(String sqlState) {
    if (trace != null) {
      trace.errored(sqlState);
    }
  }

  /** A ReadyForQuery of the gateway's own goes to the client: no transaction is open. */
  public void readyHere() {
    if (trace != null) {
      trace.ready(true, true);
    }
  }

  private void count(boolean transactionEnded, boolean owesNothing) {
    counters.count(TrafficCount.QUERIES);
    exchanges++;
    if (transactionEnded) {
      transactions++;
      counters.count(TrafficCount.TRANSACTIONS);
    }
    if (!transactionEnded && !owesNothing) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (owesNothing && queryNanos != NONE) {
      counters.query(now - queryNanos, span());
      queryNanos = NONE;
    }
    if (transactionEnded && transactionNanos != NONE) {
      counters.transaction(now - transactionNanos, span());
      transactionNanos = owesNothing ? NONE : now;
    }
  }

  private @Nullable TraceSpan span() {
    return trace == null ? null : trace.current();
  }

  // ---- for those who hold it against a limit

  /** How many exchanges with the server have ended. */
  public long exchanges() {
    return exchanges;
  }

  /** When the exchange under way began; {@code otherwise} if it was sent ahead of answers. */
  public long exchangeBeganNanos(long otherwise) {
    return queryNanos != NONE && exchanges == exchangesBefore ? queryNanos : otherwise;
  }

  /** How many transactions have ended. */
  public long transactions() {
    return transactions;
  }

  /** When the transaction under way began; {@code otherwise} if that isn't known. */
  public long transactionBeganNanos(long otherwise) {
    return transactionNanos == NONE ? otherwise : transactionNanos;
  }

  /** The client's messages can't go to a server yet. */
  public void waits() {
    if (waitingNanos == NONE) {
      waitingNanos = nanoTime.getAsLong();
    }
  }

  /** They wait for a backend. */
  public void waitsForBackend() {
    waits();
    if (trace != null) {
      trace.waitsForBackend();
    }
  }

  /**
   * The wait for a backend is over.
   *
   * @param refusal the SQLSTATE of the reason why there is none; null if there is one, or nobody
   *     waits any more
   */
  public void waitsNoMore(@Nullable String refusal) {
    if (trace != null) {
      trace.waitsNoMore(refusal);
    }
  }

  /** For how long that has been so; 0 if it isn't. */
  public long waitedNanos() {
    return waitingNanos == NONE ? 0 : Math.max(0, nanoTime.getAsLong() - waitingNanos);
  }

  /** When the client has sent its last request, or had come, by the clock. */
  public long requestedNanos() {
    return requestedNanos;
  }

  /** The client has left; said once. */
  public void ended() {
    if (!ended) {
      ended = true;
      counters.change(TrafficLevel.CLIENTS, -1);
    }
  }
}
