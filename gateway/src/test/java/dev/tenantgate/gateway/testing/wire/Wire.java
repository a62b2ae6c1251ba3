package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.gate.GateWorld;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.gateway.traffic.Traffic;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A whole gateway without sockets, threads or time of its own: between clients and a server that a
 * test scripts, with a gate over a fleet made of a map. Tests speak of messages alone, so they hold
 * whatever classes stand between the two sides.
 *
 * <pre>
 *  ScriptedClient acme = wire.client("acme");
 *  acme.sends("Q begin");
 *  acme.server().sees("Q begin").says("C BEGIN", "Z T");
 *  acme.gets("C BEGIN", "Z T");
 * </pre>
 *
 * <p>{@link OwnQuestions} answers the gateway's own questions to a backend; no test sees them. The
 * names that it gives to statements are shown as the test calls them first. Confined to a test's
 * thread.
 */
public final class Wire implements AutoCloseable {

  private static final int MOST_ROUNDS = 50_000; // in which every exchange is over

  private final PoolSettings.Mode mode;
  private final Splitting splitting;
  private final TestSettings settings = new TestSettings();
  private final ServerTraits traits = new ServerTraits();
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final MockTicker ticker = Ticker.newMockTicker();
  private final ManualIoEventLoop loop =
      new ManualIoEventLoop(null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);
  private final List<ScriptedClient> clients = new ArrayList<>();
  private final List<ScriptedServer> servers = new ArrayList<>();
  private final List<Integer> cancelled = new ArrayList<>();
  private PoolSettings pool;
  private boolean reachable = true;
  private @Nullable GateWorld fleet;
  private @Nullable WiredGateway gateway;

  Wire(PoolSettings.Mode mode, Splitting splitting) {
    this.mode = mode;
    this.splitting = splitting;
    this.pool = PoolSettings.of(mode, 1);
    PassOrReject rejects = PassOrReject.REJECT;
    settings.auth(new AuthSettings(AuthSettings.Method.TRUST, null, null, null, rejects));
  }

  // ---- before there is a client

  /** Settings of everything but the pool. */
  public TestSettings settings() {
    return settings;
  }

  /** The pool's settings; by default it has a single backend. */
  public Wire pool(PoolSettings value) {
    pool = value;
    return this;
  }

  /** A pool of one backend, with other settings than the defaults. */
  public Wire pool(Duration waitTimeout, int maxWaiting, PoolSettings.Unpoolable unpoolable) {
    return pool(TestPools.of(mode, waitTimeout, maxWaiting, 200, unpoolable));
  }

  /** A pool of one backend whose clients may take so long. */
  public Wire timeouts(ClientTimeouts longest) {
    return pool(PoolSettings.of(mode, 1).withTimeouts(longest));
  }

  /** The same for one that is left idle in a transaction. */
  public Wire idleInTransaction(Duration longest) {
    return timeouts(ClientTimeouts.NONE.withIdleTransaction(longest));
  }

  /** A pool of some backends. */
  public Wire poolOf(int backends) {
    return pool(PoolSettings.of(mode, backends));
  }

  /** New sessions begin with that value, of which the server tells. */
  public Wire serverDefault(String name, String value) {
    traits.report(name, value);
    return this;
  }

  /** The server tells of a parameter, as PostgreSQL 18 does of {@code search_path}. */
  public Wire serverReports(String name) {
    return serverDefault(name, Objects.requireNonNull(traits.defaults().get(name)));
  }

  /** A routine that can't be shown to leave a session as it is. */
  public Wire unproven(String name) {
    return routine(name, RoutinesSql.Kind.UNPROVEN);
  }

  /** The gateway looks at the database's routines. */
  public void looksAtRoutines() {
    gateway().looks(traits.unproven());
    settle();
  }

  /** Something of a kind in the database. */
  public Wire routine(String name, RoutinesSql.Kind kind) {
    traits.routines().put(name, kind.name());
    traits.define();
    return this;
  }

  /** The clients to come have spans. */
  public Wire tracedBy(Tracing by) {
    gateway().tracedBy(by);
    return this;
  }

  public boolean isPooled() {
    return mode == PoolSettings.Mode.TRANSACTION;
  }

  // ---- the two sides

  /** A client of a tenant, logged in. */
  public ScriptedClient client(String tenant) {
    return connecting(tenant).isIn();
  }

  /** A client of a tenant, at the gate perhaps. */
  public ScriptedClient connecting(String tenant) {
    return connecting(Map.of("search_path", "tenant_" + tenant));
  }

  /** A client with parameters of its own. */
  public ScriptedClient connecting(Map<String, String> parameters) {
    int before = servers.size();
    ScriptedClient client = stranger();
    Map<String, String> all = new LinkedHashMap<>(Map.of("user", "app", "database", "app"));
    all.putAll(parameters);
    client.startsUp(all);
    if (!isPooled() && servers.size() > before) {
      client.servedBy(servers.get(before));
    }
    return client;
  }

  /** A connection on which nothing has been said. */
  ScriptedClient stranger() {
    gateway();
    WireChannel channel = WireChannel.accepted(allocator);
    ScriptedClient client = new ScriptedClient(this, channel, splitting);
    clients.add(client);
    gateway().accept(channel);
    settle();
    return client;
  }

  /** The backends that were opened, in their order. */
  public List<ScriptedServer> servers() {
    settle();
    return servers.stream().filter(ScriptedServer::isStarted).toList();
  }

  /** The only backend. */
  public ScriptedServer server() {
    List<ScriptedServer> all = servers();
    assertThat(all).as("backends").hasSize(1);
    return all.get(0);
  }

  ScriptedServer serverOf(@Nullable ScriptedServer before) {
    if (before != null && !isPooled()) {
      return before;
    }
    List<ScriptedServer> asked = servers().stream().filter(ScriptedServer::hasUnseen).toList();
    if (asked.size() == 1) {
      return asked.get(0);
    }
    if (before != null) {
      return before;
    }
    assertThat(servers).as("backends").isNotEmpty();
    return servers.get(servers.size() - 1);
  }

  /** The server takes connections, or none. */
  public void serverIsReachable(boolean value) {
    reachable = value;
  }

  /** The processes that the server was asked to cancel, since it was last looked. */
  public List<Integer> takeCancelled() {
    settle();
    List<Integer> taken = List.copyOf(cancelled);
    cancelled.clear();
    return taken;
  }

  // ---- tenants

  /** The tenants' schemas; all have every migration but those that a test says otherwise of. */
  public GateWorld fleet() {
    GateWorld made = fleet;
    if (made == null) {
      made = new GateWorld(built());
      made.has(GateWorld.ACME, 7).has(GateWorld.GLOBEX, 7);
      fleet = made;
    }
    return made;
  }

  /** A tenant lacks migrations: who comes to it is held. */
  public Wire lags(String tenant) {
    fleet().falls(TestMigrations.tenant(tenant), 3);
    return this;
  }

  /** The migrations that somebody waits for are run. */
  public void migrate() {
    fleet().migrate();
    settle();
  }

  /** Time goes by, in steps: what is done regularly is done as often. */
  public void passes(Duration time) {
    long step = Math.max(TimeUnit.MILLISECONDS.toNanos(10), time.toNanos() / 40);
    for (long left = time.toNanos(); left > 0; left -= step) {
      step(Duration.ofNanos(Math.min(step, left)));
    }
  }

  private void step(Duration time) {
    ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
    fleet().advance(time);
    settle();
  }

  /** The counts of clients. */
  public Traffic traffic() {
    return gateway().traffic();
  }

  /** The bytes that the gateway keeps for a client from one message to the next. */
  public long keptBytes(ScriptedClient client) {
    settle();
    return SessionMemory.of(client.end().channel()).bytes();
  }

  public long nanoTime() {
    return ticker.nanoTime();
  }

  /** Backends are to be left where that can be done unseen, as by the console's RECONNECT. */
  public void reconnects() {
    gateway().reconnects();
    settle();
  }

  /** The settings that were changed since it began are in force from now on. */
  public void reloads() {
    gateway().reloads(built());
    settle();
  }

  /** So many backends refuse to be set to what a client has set. */
  public Wire refusesSettings(int times) {
    traits.refuseSettings(times);
    return this;
  }

  /** Long texts are looked at beside the event loop, or wait for that. */
  public void scans(boolean value) {
    gateway().scans(value);
    settle();
  }

  /** The gateway is about to stop: sessions end with what they do. */
  public void drains() {
    gateway().drain();
    settle();
  }

  // ---- how it runs

  /** Everything happens that can without anybody's saying more. */
  void settle() {
    boolean more = true;
    for (int rounds = 0; more; rounds++) {
      assertThat(rounds).as("rounds without an end").isLessThan(MOST_ROUNDS);
      more = loop.runNow() > 0;
      more |= fleet().read();
      more |= gateway().work();
      for (Peer peer : peers()) {
        more |= peer.collect();
        more |= peer.deliver();
      }
    }
  }

  private List<Peer> peers() {
    List<Peer> all = new ArrayList<>();
    clients.forEach(client -> all.add(client.end()));
    all.addAll(servers);
    return all;
  }

  private WiredGateway gateway() {
    WiredGateway made = gateway;
    if (made == null) {
      made = new WiredGateway(built(), fleet(), loop, ticker, traits.unproven(), this::connect);
      gateway = made;
    }
    return made;
  }

  private Settings built() {
    return settings.pool(pool).build();
  }

  private WireChannel connect() {
    WireChannel channel = WireChannel.toBeConnected(allocator, reachable);
    if (reachable) {
      servers.add(new ScriptedServer(this, channel, splitting, 1_000 + servers.size()));
    }
    return channel;
  }

  ServerTraits traits() {
    return traits;
  }

  void cancelled(int process) {
    cancelled.add(process);
  }

  // ---- the end

  /** Everybody leaves; nothing may be left of it. */
  void finish() {
    try {
      clients.forEach(ScriptedClient::isDone);
      servers.forEach(server -> assertThat(server.unseen()).as("unseen by a test").isEmpty());
      if (gateway != null) {
        end(gateway);
      }
    } finally {
      close();
    }
  }

  private void end(WiredGateway running) {
    clients.forEach(client -> client.end().close());
    settle();
    running.stop();
    settle();
    servers.forEach(ScriptedServer::close);
    settle();
    for (int i = 0; i < 3; i++) {
      step(Duration.ofMinutes(1));
    }
    assertThat(running.sessions()).as("sessions").isZero();
    assertThat(peers()).as("connections").allMatch(peer -> !peer.channel().isOpen());
    assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
        .as("bytes in buffers that were not released")
        .isZero();
  }

  @Override
  public void close() {
    if (fleet != null) {
      fleet.close();
    }
  }
}
