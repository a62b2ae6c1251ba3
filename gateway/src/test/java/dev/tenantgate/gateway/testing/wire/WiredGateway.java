package dev.tenantgate.gateway.testing.wire;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.auth.AuthQueryConnection;
import dev.tenantgate.gateway.auth.Authenticators;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.connect.ServerHosts;
import dev.tenantgate.gateway.connect.SocketTypes;
import dev.tenantgate.gateway.gate.GateWorld;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.gateway.metrics.WireMeters;
import dev.tenantgate.gateway.pool.LoginOpener;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.scan.UnprovenNames;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.session.SessionServices;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.gateway.testing.ManualExecutor;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.migrator.connection.NameService;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.Ticker;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Puts a gateway together as its server does, but for sockets and threads. */
final class WiredGateway {

  /** Makes more than all else together, and is looked at by nobody. */
  private static final WireMeters METERS = new GatewayMeters("test", null).wire();

  private final ManualExecutor disk = new ManualExecutor();
  private final ManualExecutor scanning = new ManualExecutor();
  private final EventLoop loop;
  private final PoolServices pools;
  private final SessionServices sessions;
  private final ClientAuthentication authentication;
  private final FrontendTls tls;
  private final String database;
  private boolean scans = true;

  WiredGateway(
      Settings settings,
      GateWorld fleet,
      EventLoop loop,
      Ticker ticker,
      Collection<String> unproven,
      ChannelFactory<WireChannel> channels) {
    this.loop = loop;
    this.database = settings.database().database();
    OutboundBudget outbound = OutboundBudget.of(settings.limits());
    BackendConnector connector =
        new BackendConnector(
            types(channels),
            new ServerHosts(
                settings.database(), NameService.SYSTEM, Runnable::run, ticker::nanoTime),
            outbound,
            outbound.receiveBuffers(512, 4096, 128 * 1024, 2));
    KeyDerivation derivation = new KeyDerivation(Runnable::run);
    BackendLogin login = new BackendLogin(connector, derivation);
    HeapBudget memory = HeapBudget.of(settings.limits(), Runtime.getRuntime().maxMemory());
    pools =
        new PoolServices(
            settings.pool(),
            new LoginOpener(login, fleet.sessions().backends()),
            settings.database().connectTimeout(),
            new CancelForwarder(connector),
            new BackendHold(settings.database().outageTimeout(), () -> false, ticker::nanoTime),
            METERS,
            WiredGateway::defaults,
            memory,
            ticker::nanoTime);
    try {
      authentication =
          new Authenticators(new AuthQueryConnection(login, loop, settings.database()), derivation)
              .of(settings);
      tls = FrontendTls.of(settings.listen().tls(), Runnable::run);
      sessions =
          new SessionServices(
              settings,
              new TenantRouter(settings),
              authentication,
              tls,
              fleet.gate(),
              fleet.sessions(),
              connector,
              login,
              pools,
              disk,
              scanning,
              memory,
              outbound,
              METERS);
    } catch (SettingsException e) {
      throw new IllegalArgumentException(e);
    }
    sessions.switchingRoutines(new SwitchingCalls(UnprovenNames.of(List.copyOf(unproven))));
  }

  /** New sessions at the server are like those before, for each database and user asked about. */
  private static CompletableFuture<List<@Nullable String>> defaults(String sql, String places) {
    int asked = places.split("\",\"", -1).length / 2;
    String lines = String.join("\n", Collections.nCopies(asked, "-same"));
    return CompletableFuture.completedFuture(List.of("loaded", lines, "true"));
  }

  /** The database's routines are looked at: so many of them may switch. */
  void looks(Collection<String> unproven) {
    long made = sessions.definitions().made();
    sessions.switchingRoutines(new SwitchingCalls(UnprovenNames.of(List.copyOf(unproven))));
    sessions.definitions().covered(made);
  }

  /** A client has connected. */
  void accept(WireChannel channel) {
    channel.pipeline().addLast(sessions.initializer());
    loop.register(channel).syncUninterruptibly();
  }

  /** Does what other threads would; whether there was anything. */
  boolean work() {
    boolean any = disk.waiting() + (scans ? scanning.waiting() : 0) > 0;
    disk.runAll();
    if (scans) {
      scanning.runAll();
    }
    return any;
  }

  /** Long texts are looked at, or wait. */
  void scans(boolean value) {
    scans = value;
  }

  void tracedBy(Tracing tracing) {
    sessions.traceBy(tracing);
  }

  Traffic traffic() {
    return pools.traffic();
  }

  int sessions() {
    return sessions.open();
  }

  /** Connections to the server are to be left. */
  void reconnects() {
    pools.reconnect(database);
  }

  /** Takes other settings. */
  void reloads(Settings settings) {
    sessions.reconfigure(settings, new TenantRouter(settings), authentication, tls);
  }

  /** No more is begun: sessions end with what they do. */
  void drain() {
    sessions.drain();
  }

  /** As its server is stopped. */
  void stop() {
    sessions.stopListening();
    pools.close();
  }

  private static SocketTypes types(ChannelFactory<WireChannel> channels) {
    return new SocketTypes() {
      @Override
      public ChannelFactory<? extends SocketChannel> tcp() {
        return channels;
      }

      @Override
      public ChannelFactory<? extends Channel> unix() {
        return channels;
      }

      @Override
      public SocketAddress unixAddress(String file) {
        return new DomainSocketAddress(file);
      }
    };
  }
}
