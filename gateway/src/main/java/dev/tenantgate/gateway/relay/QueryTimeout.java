package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Own;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The query of one client that the server works on for too long: it is cancelled at the server, as
 * a client would have it, and the client is told why in the place of the server's own error. Its
 * session goes on. Its messages wait meanwhile until the server has taken the request, so that this
 * reaches no query behind the one that it is for. Where that one goes on all the same, the session
 * ends. Event-loop confined.
 */
final class QueryTimeout {

  /** A query ends within this once the server was asked to cancel it, or its client ends. */
  static final Duration GRACE = Duration.ofSeconds(5);

  private static final long NONE = ClientWatch.NONE;

  private final Relay relay;
  private final ClientActivity activity;

  /** Since when the server has worked on the query, and how many exchanges had ended before. */
  private long sinceNanos = NONE;

  private long exchanges;

  /** When the server was asked to cancel the query. */
  private long askedNanos = NONE;

  /** Where the request is under way. */
  private @Nullable PooledBackend asked;

  private Report reason = Report.error(SqlState.QUERY_CANCELED, "");

  QueryTimeout(Relay relay, ClientActivity activity) {
    this.relay = relay;
    this.activity = activity;
  }

  /** Whether the client's messages wait until the server has taken the request. */
  boolean holdsBack() {
    return asked != null && asked == relay.backend();
  }

  /** Why the server was asked to cancel the query that it works on; null if it wasn't. */
  @Nullable Report reason() {
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
        relay.fail(stuck());
      }
    } else if (now - sinceNanos >= limit.toNanos()) {
      cancel(limit, now);
    }
  }

  private void note(long now) {
    long ended = relay.traffic().exchanges();
    if (!activity.isQueryRunning()) {
      sinceNanos = NONE;
      askedNanos = NONE;
    } else if (sinceNanos == NONE || ended != exchanges) {
      sinceNanos = Math.min(now, relay.traffic().exchangeBeganNanos(now));
      askedNanos = NONE;
    }
    exchanges = ended;
  }

  /** An exchange has ended: the next is another query. */
  void ready() {
    askedNanos = NONE;
  }

  private void cancel(Duration limit, long now) {
    askedNanos = now;
    reason =
        Report.error(SqlState.QUERY_CANCELED, "canceling statement due to query timeout")
            .withDetail(
                "It ran for longer than %d ms (%s)."
                    .formatted(limit.toMillis(), activity.keyOf(Own.QUERY_TIMEOUT)));
    relay.timedOut(reason);
    PooledBackend backend = relay.backend();
    if (backend != null && relay.lease().isHeld()) {
      asked = backend;
      backend.cancel(this::isTaken);
    }
  }

  private void isTaken() {
    relay
        .frontend()
        .channel()
        .eventLoop()
        .execute(
            () -> {
              asked = null;
              relay.goOn();
            });
  }

  private Report stuck() {
    return Report.fatal(SqlState.QUERY_CANCELED, "terminating connection due to query timeout")
        .withDetail(
            "The server was asked to cancel the query, and hasn't ended it within %d ms; %s"
                .formatted(GRACE.toMillis(), reason.detail()));
  }
}
