package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.admin.Liveness;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.connect.CancelRegistry;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import dev.tenantgate.gateway.memory.LoopTurns;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.session.ConnectedClients;
import dev.tenantgate.gateway.session.Consoles;
import dev.tenantgate.gateway.session.NamedBounds;
import dev.tenantgate.gateway.session.SessionServices;
import dev.tenantgate.gateway.session.WireMeter;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.gateway.traffic.Traffic;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway as applications see it: a listener and the sessions behind it. Thread-safe. */
public final class WireServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WireServer.class);

  /** How long a session that was told to end may take for it. */
  private static final Duration END_TIMEOUT = Duration.ofSeconds(2);

  /** A busy gateway is slow now and then; one that is silent for so long serves nobody. */
  private static final int LIVENESS_MILLIS = 3_000;

  /** The database may be away, or slow: then clients are let in all the same. */
  private static final long FIRST_LOOK_MILLIS = 2_000;

  /** How often it is looked whether names are to be resolved anew. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final WireThreads threads;
  private final LastingEventLoops loops;
  private final WireParts parts;
  private final SessionServices sessions;
  private final PoolServices pools;
  private final FrontendListener listener;
  private final DatabaseProbe probe;
  private final DatabaseServers servers;
  private final Succession succession;

  private WireServer(
      WireThreads threads,
      WireParts parts,
      FrontendListener listener,
      DatabaseServers servers,
      Succession succession) {
    this.threads = threads;
    this.loops = threads.loops();
    this.parts = parts;
    this.sessions = parts.sessions();
    this.pools = parts.pools();
    this.listener = listener;
    this.probe = new DatabaseProbe(parts.own());
    this.servers = servers;
    this.succession = succession;
  }

  /**
   * Starts to serve.
   *
   * @param tracing where clients' spans go; null if nothing is traced
   * @throws IOException if the address can't be had
   * @throws SettingsException if the user list, the certificate or its key can't be read
   * @throws IllegalArgumentException if a setting can't be; the message names the key
   */
  public static WireServer start(
      Settings settings,
      TenantRouter router,
      Gate gate,
      OpenSessions open,
      WireMeter meter,
      @Nullable Tracing tracing)
      throws IOException, SettingsException {
    Transport transport = Transport.of(settings.listen().transport());
    transport.requirePeerCredentials(settings.auth());
    transport.warnOfLackingOptions(settings);
    HeapBudget memory = HeapBudget.of(settings.limits(), Runtime.getRuntime().maxMemory());
    WireThreads threads = WireThreads.start(transport, settings, memory::relieve);
    try {
      WireParts parts =
          WireParts.make(settings, router, gate, open, meter, transport, threads, memory);
      parts.sessions().traceBy(tracing);
      return listen(settings, transport, threads, parts);
    } catch (IOException | SettingsException | RuntimeException e) {
      threads.stopAtOnce();
      throw e;
    }
  }

  private static WireServer listen(
      Settings settings, Transport transport, WireThreads threads, WireParts parts)
      throws IOException {
    LastingEventLoops loops = threads.loops();
    DatabaseServers servers = new DatabaseServers(parts.hosts(), parts.own(), parts.pools());
    SwitchingRoutines routines = lookAtRoutines(parts, loops);
    OpenedSockets opened = OpenedSockets.find(transport, loops, settings.listen(), System.getenv());
    FrontendListener listener =
        FrontendListener.bind(
            transport,
            loops,
            settings.listen(),
            opened,
            parts.outbound(),
            parts.sessions().initializer());
    WireServer server =
        new WireServer(
            threads,
            parts,
            listener,
            servers,
            new Succession(transport, loops, settings.listen().shutdown(), opened));
    server.lookFromTimeToTime(settings, routines);
    log.atInfo()
        .addKeyValue("address", settings.listen().address().host() + ":" + listener.port())
        .addKeyValue("unix_socket", listener.unixSocket())
        .addKeyValue("backend", settings.database().address())
        .addKeyValue("transport", transport.label())
        .log("listening for applications");
    return server;
  }

  /**
   * Looks at the database's routines before anybody is let in: as long as nothing is known of them,
   * each function that a session calls counts as one that may have left something, for good.
   */
  private static SwitchingRoutines lookAtRoutines(WireParts parts, LastingEventLoops loops) {
    SwitchingRoutines routines =
        new SwitchingRoutines(
            parts.own()::row,
            parts.sessions()::switchingRoutines,
            parts.sessions().definitions(),
            (nanos, task) -> loops.next().schedule(task, nanos, TimeUnit.NANOSECONDS),
            System::nanoTime);
    try {
      var unused = routines.begin().get(FIRST_LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      log.debug("the database doesn't tell of its routines yet", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return routines;
  }

  /** Looks at the server's routines and names, and whether the database answers. */
  private void lookFromTimeToTime(Settings settings, SwitchingRoutines routines) {
    long millis = settings.gate().recheckInterval().toMillis();
    loops
        .next()
        .scheduleWithFixedDelay(
            () -> {
              if (sessions.open() > 0) {
                routines.look();
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
    pools.defaults().start(loops.next());
    every(loops, LOOK_AGAIN, parts.hosts()::lookAgain);
    probe.start(loops.next());
  }

  /** The port that applications connect to. */
  public int port() {
    return listener.port();
  }

  /** Whether the event loops serve. */
  Liveness liveness() {
    return new LoopLiveness(loops, listener.clientAddress(), listener::isOpen, LIVENESS_MILLIS);
  }

  /** Whether the database answers; null while that isn't known. */
  @Nullable Boolean isDatabaseUp() {
    return probe.isUp();
  }

  /** The certificate that clients are shown; null where TLS isn't offered. */
  @Nullable X509Certificate certificate() {
    return sessions.certificate();
  }

  /** The counts of clients, by database and user. */
  Traffic traffic() {
    return pools.traffic();
  }

  /** The bounds, and how much of each is used. */
  List<Bound> bounds() {
    return sessions.bounds();
  }

  /** The limits of single users, databases and tenants. */
  NamedBounds namedBounds() {
    return sessions.namedBounds();
  }

  /** How long the turns of the event loops take. */
  List<LoopTurns> turns() {
    return loops.turns();
  }

  /**
   * The gateway is complete: takes over from the one before it, and lets the next one take over.
   *
   * @param takenOver called once, on an event loop, when that one accepts clients in this one's
   *     place
   * @throws IOException if the takeover socket can't be had
   */
  void succeed(Runnable takenOver) throws IOException {
    Predecessor before = succession.predecessor();
    if (before != null) {
      sessions.cancels().elsewhere(before::cancel);
    }
    succession.begin(
        listener::descriptor,
        new Successors.Heir() {
          @Override
          public void takenOver() {
            listener.handOver();
            takenOver.run();
          }

          @Override
          public int clients() {
            return sessions.open() + Objects.requireNonNullElse(predecessorClients(), 0);
          }

          @Override
          public void cancel(CancelKey key, Runnable done) {
            CancelRegistry.Cancellable target = sessions.cancels().find(key);
            if (target == null) {
              done.run();
            } else {
              target.cancel(done);
            }
          }
        });
  }

  /**
   * How many clients are left at the gateway that this one has taken over from, and at those before
   * it; null if there was none.
   */
  @Nullable Integer predecessorClients() {
    Predecessor before = succession.predecessor();
    return before == null ? null : before.clients();
  }

  /** Connections to the server, and who has them. */
  PoolServices pools() {
    return pools;
  }

  /** The connected clients. */
  ConnectedClients clients() {
    return sessions.clients();
  }

  /** The consoles among them. */
  Consoles consoles() {
    return sessions.consoles();
  }

  /** Does something from time to time, as long as this is open. */
  void every(Duration period, Runnable task) {
    every(loops, period, task);
  }

  private static void every(EventLoopGroup loops, Duration period, Runnable task) {
    loops
        .next()
        .scheduleAtFixedRate(task, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How many sessions there are. */
  public int sessions() {
    return sessions.open();
  }

  /**
   * Makes the authentication that other settings ask for, to be put in force with them.
   *
   * @throws SettingsException if the user list can't be read
   */
  ClientAuthentication authentication(Settings next) throws SettingsException {
    return parts.authenticators().of(next);
  }

  /**
   * Makes the TLS that other settings ask for, to be put in force with them; certificate and key
   * are read now.
   *
   * @throws SettingsException if they can't be used
   */
  FrontendTls tls(Settings next) throws SettingsException {
    return FrontendTls.of(next.listen().tls(), threads.keys());
  }

  /** The servers that connections go to. */
  DatabaseServers servers() {
    return servers;
  }

  /** Takes other settings, with what was made of them, for the sessions to come. */
  void reconfigure(
      Settings settings,
      TenantRouter router,
      ClientAuthentication authentication,
      FrontendTls tls) {
    sessions.reconfigure(settings, router, authentication, tls);
  }

  /** Nobody is accepted any more. */
  void acceptNobody() {
    listener.close();
  }

  /**
   * Begins to stop: nobody is accepted any more; idle sessions end at once, the others with their
   * transaction, all with 57P01.
   */
  public void drain() {
    succession.end();
    listener.close();
    sessions.drain();
  }

  /**
   * Waits until the last session has ended.
   *
   * @return whether that came before the time was up
   */
  public boolean awaitNoSessions(Duration timeout) throws InterruptedException {
    return sessions.awaitNone(timeout);
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    succession.end();
    listener.close();
    int open = sessions.open();
    if (open > 0) {
      log.atWarn().addKeyValue("sessions", open).log("ending sessions that are still open");
      sessions.terminate();
      awaitLastWords();
    }
    sessions.stopListening();
    pools.close();
    loops.shutdownGracefully(50, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    threads.stopWorkers();
  }

  private void awaitLastWords() {
    try {
      sessions.awaitNone(END_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
