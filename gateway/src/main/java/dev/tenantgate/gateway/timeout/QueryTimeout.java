package dev.tenantgate.gateway.timeout;

import dev.tenantgate.config.PoolSettings.Own;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.EventLoop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The query of one client that the server works on for too long: it is cancelled at the server, as
 * a client would have it, and the client is told why in the place of the server's own error. Its
 * session goes on. Its messages wait meanwhile until the server has taken the request, so that this
 * reaches no query behind the one that it is for. Where that one goes on all the same, the session
 * ends. Event-loop confined.
 */
public final class QueryTimeout {

  /** A query ends within this once the server was asked to cancel it, or its client ends. */
  static final Duration GRACE = Duration.ofSeconds(5);

  private static final long NONE = ClientWatch.NONE;

  private final WatchedClient client;
  private final EventLoop loop;

  /** Since when the server has worked on the query, and how many exchanges had ended before. */
  private long sinceNanos = NONE;

  private long exchanges;

  /** When the server was asked to cancel the query. */
  private long askedNanos = NONE;

  /** Where the request is under way. */
  private @Nullable PooledBackend asked;

  private Report reason = Report.error(SqlState.QUERY_CANCELED, "");

  QueryTimeout(WatchedClient client, EventLoop loop) {
    this.client = client;
    this.loop = loop;
  }

  /** Whether the client's messages wait until the server has taken the request. */
  public boolean holdsBack() {
    return asked != null && asked == client.backend();
  }

  /** Why the server was asked to cancel the query that it works on; null if it wasn't. */
  public @Nullable Report reason() {
    return askedNanos == NONE ? null : reason;
  }

  /** Holds the query that the server works on against its limit. */
  void look(Duration limit, long now) {
    note(now);
    if (sinceNanos == NONE || (limit.isZero() && askedNanos == NONE)) {
      return;
    }
    if (askedNanos != NONE) {
      if (now - askedNanos >= GRACE.toNanos()) {
        client.fail(stuck());
      }
    } else if (now - sinceNanos >= limit.toNanos()) {
      cancel(limit, now);
    }
  }

  private void note(long now) {
    long ended = client.traffic().exchanges();
    if (!client.isQueryRunning()) {
      sinceNanos = NONE;
      askedNanos = NONE;
    } else if (sinceNanos == NONE || ended != exchanges) {
      sinceNanos = Math.min(now, client.traffic().exchangeBeganNanos(now));
      askedNanos = NONE;
    }
    exchanges = ended;
  }

  /** An exchange has ended: the next is another query. */
  public void ready() {
    askedNanos = NONE;
  }

  private void cancel(Duration limit, long now) {
    askedNanos = now;
    reason =
        Report.error(SqlState.QUERY_CANCELED, "canceling statement due to query timeout")
            .withDetail(
                "It ran for longer than %d ms (%s)."
                    .formatted(limit.toMillis(), client.keyOf(Own.QUERY_TIMEOUT)));
    client.timedOut(reason);
    PooledBackend backend = client.cancellable();
    if (backend != null) {
      asked = backend;
      backend.cancel(this::isTaken);
    }
  }

  private void isTaken() {
    loop.execute(
        () -> {
          asked = null;
          client.goOn();
        });
  }

  private Report stuck() {
    return Report.fatal(SqlState.QUERY_CANCELED, "terminating connection due to query timeout")
        .withDetail(
            "The server was asked to cancel the query, and hasn't ended it within %d ms; %s"
                .formatted(GRACE.toMillis(), reason.detail()));
  }
}
