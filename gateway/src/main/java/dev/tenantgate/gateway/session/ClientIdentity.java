package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.ConnectionEnds;
import dev.tenantgate.gateway.relay.Relay;
import dev.tenantgate.gateway.session.ConnectedClient.Doing;
import dev.tenantgate.migrator.SchemaRef;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A client among all that have come, and since when it is there. Event-loop confined. */
final class ClientIdentity {

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long id = NUMBERS.incrementAndGet();
  private final long connectedMillis = System.currentTimeMillis();

  /** Its number. */
  long id() {
    return id;
  }

  /** A client that is let through. */
  ConnectedClient inRelay(Session session, Destination destination, Relay relay) {
    boolean waits = relay.activity().isWaiting();
    boolean works = relay.activity().isWorking();
    long now = session.frontend().eventLoop().ticker().nanoTime();
    long sinceRequest = Math.max(0, now - relay.traffic().requestedNanos());
    Doing doing =
        relay.activity().isHeld()
            ? Doing.HELD
            : waits
                ? Doing.WAITING
                : works || relay.activity().backendProcess() != 0 ? Doing.ACTIVE : Doing.IDLE;
    return describe(
        session,
        destination,
        doing,
        System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(sinceRequest),
        waits
            ? TimeUnit.NANOSECONDS.toMicros(relay.traffic().waitedNanos())
            : works ? TimeUnit.NANOSECONDS.toMicros(sinceRequest) : 0,
        relay.activity().backendProcess(),
        application(session, destination, relay.activity().application()),
        relay.activity().prepared());
  }

  /** A client that isn't let through yet. */
  ConnectedClient onItsWay(Session session, Destination destination, Doing doing) {
    long waited = System.currentTimeMillis() - connectedMillis;
    return describe(
        session,
        destination,
        doing,
        connectedMillis,
        TimeUnit.MILLISECONDS.toMicros(waited),
        0,
        application(session, destination, null),
        0);
  }

  private ConnectedClient describe(
      Session session,
      Destination destination,
      Doing doing,
      long requestedMillis,
      long waitMicros,
      int backend,
      String application,
      int prepared) {
    SchemaRef tenant = destination.route().tenant();
    return new ConnectedClient(
        id,
        destination.request().user(),
        destination.request().database(),
        destination.request().replication(),
        doing,
        ConnectionEnds.of(session.frontend()),
        connectedMillis,
        requestedMillis,
        waitMicros,
        session.processId(),
        backend,
        application,
        prepared,
        tenant == null ? null : tenant.tenant());
  }

  /**
   * A client's {@code application_name}.
   *
   * @param last as the server has reported it since the client was let through; null if it hasn't
   */
  static String application(Session session, Destination destination, @Nullable String last) {
    String reported = last == null ? session.backend().parameters().get("application_name") : last;
    return reported == null
        ? destination.request().others().getOrDefault("application_name", "")
        : reported;
  }
}
