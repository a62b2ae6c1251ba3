package dev.tenantgate.gateway.session;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.answer.AnswerFiles;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.CancelRegistry;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.MemoryBudget;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.startup.DirectTls;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.startup.LoginLimits;
import dev.tenantgate.gateway.startup.LoginSlot;
import dev.tenantgate.gateway.startup.StartupDecoder;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.gateway.timeout.TimeoutSweeps;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.gateway.tracing.Tracing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services that all sessions share, and the sessions there are. Thread-safe. */
public final class SessionServices {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.session");

  private static final ByteBuf TOO_MANY_LOGINS =
      Unpooled.unreleasableBuffer(
          Report.fatal(
                  SqlState.TOO_MANY_CONNECTIONS,
                  "too many clients are logging in at the moment (limits.logins)")
              .encode(UnpooledByteBufAllocator.DEFAULT));

  /** libpq asks for none over a Unix-domain socket. */
  private static final FrontendTls NO_TLS = FrontendTls.none();

  private volatile SessionRules rules;
  private SwitchingCalls switchingRoutines = SwitchingCalls.UNKNOWN;
  private volatile TenantSwitches.Rules switchRules;
  private final PendingDefinitions definitions = new PendingDefinitions();
  private final Gate gate;
  private final OpenSessions open;
  private final BackendConnector connector;
  private final PoolServices pools;
  private final Notifications notifications;
  private final ClientProcesses processes;
  private final BackendLogin backendLogin;
  private final SessionMeter meter;
  private final CancelRegistry cancels = new CancelRegistry();
  private final Consoles consoles = new Consoles(() -> settings().console());
  private final OpenClients sessions = new OpenClients();
  private final LoginLimits logins;
  private final MemoryBudget memory;
  private final HeapBudget kept;
  private final OutboundBudget outbound;
  private final LongScans longScans;
  private final TimeoutSweeps timeouts;
  private final ClientCounts counts = new ClientCounts();
  private final OwnBackends ownBackends = new OwnBackends(() -> settings().pool());
  private final AnswerFiles answers;
  private final Map<EventLoop, PlainTexts> plainTexts = new ConcurrentHashMap<>();
  private final ClientFailures failures;
  private volatile @Nullable Tracing tracing;

  /**
   * Makes what sessions share.
   *
   * @param disk a single thread that may wait for the disk
   * @param scanning threads that look at long texts
   * @param kept for what sessions have the gateway keep
   * @param outbound for what waits to be written
   */
  public SessionServices(
      Settings settings,
      TenantRouter router,
      ClientAuthentication authentication,
      FrontendTls tls,
      Gate gate,
      OpenSessions open,
      BackendConnector connector,
      BackendLogin backendLogin,
      PoolServices pools,
      Executor disk,
      Executor scanning,
      HeapBudget kept,
      OutboundBudget outbound,
      SessionMeter meter) {
    this.rules = SessionRules.of(settings, router, authentication, tls);
    this.switchRules = rules.switches(switchingRoutines);
    this.memory = MemoryBudget.of(settings.limits());
    this.kept = kept;
    this.outbound = outbound;
    this.longScans = new LongScans(scanning);
    this.timeouts = new TimeoutSweeps(settings.pool());
    this.logins =
        new LoginLimits(settings.limits(), tls.isOffered(), Runtime.getRuntime().maxMemory());
    this.gate = gate;
    this.open = open;
    this.connector = connector;
    connector.reconfigure(settings.database().tcp());
    this.pools = pools;
    this.notifications = new Notifications(pools);
    pools.leavesWith(notifications::leaveOthers);
    this.processes = new ClientProcesses(pools);
    this.backendLogin = backendLogin;
    this.meter = meter;
    this.failures = new ClientFailures(meter, () -> settings().log(), System::nanoTime);
    this.answers =
        new AnswerFiles(disk, () -> (long) settings().gate().maxWithheldMegabytes() << 20);
  }

  /** Takes other settings for the sessions to come. */
  public synchronized void reconfigure(
      Settings settings,
      TenantRouter router,
      ClientAuthentication authentication,
      FrontendTls tls) {
    rules = SessionRules.of(settings, router, authentication, tls);
    switchRules = rules.switches(switchingRoutines);
    logins.reconfigure(settings.limits(), tls.isOffered(), Runtime.getRuntime().maxMemory());
    pools.reconfigure(settings.pool());
    timeouts.reconfigure(settings.pool());
    ownBackends.reconfigured();
    connector.reconfigure(settings.database().tcp());
    pools.hold().reconfigure(settings.database().outageTimeout());
  }

  /**
   * Waits until there is no session.
   *
   * @return whether that came before the time was up
   */
  public boolean awaitNone(Duration timeout) throws InterruptedException {
    return sessions.awaitNone(timeout);
  }

  /** Makes a session of each connection that is accepted. */
  public ChannelInitializer<Channel> initializer() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        LoginSlot slot = logins.admit(channel.remoteAddress());
        if (slot == null) {
          turnAway(channel);
          return;
        }
        slot.hold(channel);
        memory.open(channel);
        kept.open(channel);
        outbound.open(channel);
        connector.tcpOptions().set(channel, settings().listen().tcp());
        FrontendTls tls = UnixPeer.isAt(channel) ? NO_TLS : rules.tls();
        if (tls.isOffered()) {
          channel.pipeline().addLast("direct-tls", new DirectTls(tls));
        }
        channel
            .pipeline()
            .addLast("startup", new StartupDecoder(slot))
            .addLast("login", new FrontendLoginHandler(SessionServices.this, tls));
      }
    };
  }

  /** Before there is anything of it but its socket. */
  private void turnAway(Channel channel) {
    failures.failed(ClientError.LIMIT, "too many clients are logging in", channel, null);
    channel.writeAndFlush(TOO_MANY_LOGINS.duplicate()).addListener(ChannelFutureListener.CLOSE);
  }

  /** The bounds on sessions and their memory. */
  public List<Bound> bounds() {
    List<Bound> bounds = new ArrayList<>(logins.metered());
    bounds.add(
        new Bound("connections", () -> settings().listen().maxConnections(), sessions::number));
    bounds.add(memory.metered());
    bounds.addAll(pools.metered());
    bounds.addAll(kept.metered());
    bounds.add(outbound.metered());
    bounds.addAll(answers.metered());
    bounds.add(new Bound("held", () -> settings().gate().maxHeld(), gate::held));
    return bounds;
  }

  /** The certificate that clients are shown; null where TLS isn't offered. */
  public @Nullable X509Certificate certificate() {
    return rules.tls().certificate();
  }

  /** How many sessions there are. */
  public int open() {
    return sessions.number();
  }

  /** Ends every session as soon as its transaction has ended; those that are in none, at once. */
  public void drain() {
    sessions.drain();
  }

  /** Has the sessions to come traced. */
  public void traceBy(@Nullable Tracing by) {
    tracing = by;
  }

  /** For a client that has connected; null if nothing is traced. */
  @Nullable ClientTrace newTrace() {
    Tracing by = tracing;
    return by == null ? null : new ClientTrace(by);
  }

  /** Ends the connections that listen for sessions. */
  public void stopListening() {
    notifications.close();
  }

  /** Ends every session now. */
  public void terminate() {
    sessions.terminate();
  }

  Settings settings() {
    return rules.settings();
  }

  TenantRouter router() {
    return rules.router();
  }

  ClientAuthentication authentication() {
    return rules.authentication();
  }

  /** Takes the names of what may switch a session's tenant without showing it. */
  public synchronized void switchingRoutines(SwitchingCalls names) {
    if (!names.equals(switchingRoutines)) {
      switchingRoutines = names;
      switchRules = rules.switches(names);
      definitions.namesChanged();
    }
  }

  /** Clients' definitions that may switch a session's tenant. */
  public PendingDefinitions definitions() {
    return definitions;
  }

  /** The rules for where an open session may go. */
  TenantSwitches.Rules switchRules() {
    return switchRules;
  }

  Gate gate() {
    return gate;
  }

  /** Texts that do nothing to sessions with a backend of their own, on an event loop. */
  PlainTexts plainTexts(EventLoop eventLoop) {
    return plainTexts.computeIfAbsent(eventLoop, loop -> new PlainTexts());
  }

  /** The sessions whose transactions drains wait for. */
  OpenSessions openSessions() {
    return open;
  }

  /** The scans of long texts, beside the event loops. */
  LongScans longScans() {
    return longScans;
  }

  /** The server connections of sessions that have one of their own. */
  OwnBackends ownBackends() {
    return ownBackends;
  }

  /** How many clients each user, database and tenant has. */
  ClientCounts counts() {
    return counts;
  }

  /** The limits of single users, databases and tenants, and how much of each is used. */
  public NamedBounds namedBounds() {
    return new NamedBounds(() -> settings().pool(), counts, ownBackends, pools);
  }

  /** Where clients are held against their timeouts. */
  TimeoutSweeps timeouts() {
    return timeouts;
  }

  AnswerFiles answers() {
    return answers;
  }

  BackendConnector connector() {
    return connector;
  }

  PoolServices pools() {
    return pools;
  }

  /** The processes that clients were told to be served by. */
  ClientProcesses processes() {
    return processes;
  }

  /** The connections that listen for pooled sessions. */
  Notifications notifications() {
    return notifications;
  }

  BackendLogin backendLogin() {
    return backendLogin;
  }

  SessionMeter meter() {
    return meter;
  }

  public CancelRegistry cancels() {
    return cancels;
  }

  /** The clients that can't be served. */
  ClientFailures failures() {
    return failures;
  }

  Logger log() {
    return log;
  }

  /** The clients that there are. */
  public ConnectedClients clients() {
    return new ConnectedClients(sessions.all());
  }

  /** The clients of the console. */
  public Consoles consoles() {
    return consoles;
  }

  /** Whether there are more sessions than may be, but for consoles. */
  boolean isFull() {
    return sessions.number() - consoles.count() > settings().listen().maxConnections();
  }

  void opened(Session session) {
    meter.clientConnected();
    sessions.opened(session);
  }

  void closed(Session session) {
    if (sessions.closed(session)) {
      meter.clientDisconnected();
    }
  }
}
