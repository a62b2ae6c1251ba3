package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.TargetSession;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.migrator.connection.NameService;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The servers of {@code database.url}: each address of each host, in their order. One is in use.
 * Connections go there until it can't be reached, or isn't of the kind that is wanted ({@code
 * target_session_attrs}); then the next one is tried. Sessions that wait for the server meanwhile
 * are held ({@link BackendHold}).
 *
 * <p>Names are resolved anew every {@code database.dns-refresh}, and when a connection fails. A
 * server that is listed no more is left, and so are all of a URL that a reload replaces. Once the
 * gateway has logged in to another server, whoever {@linkplain #onMove listens} is told.
 *
 * <p>Thread-safe.
 */
public final class ServerHosts {

  /** Names aren't resolved more often than that, however many connections fail. */
  private static final long RESOLVE_NANOS = Duration.ofMillis(250).toNanos();

  /** So long a server is good enough where none of the preferred kind was found. */
  private static final long SECOND_BEST_NANOS = Duration.ofSeconds(60).toNanos();

  private final HostNames names;
  private final LongSupplier nanoTime;
  private final List<Consumer<Server>> listeners = new ArrayList<>();
  private volatile Function<Server, CompletableFuture<Server>> scout =
      CompletableFuture::completedFuture;

  /** The settings in force. Replaced whole; guarded by this for writing. */
  private volatile DatabaseSettings settings;

  /** All servers, in their order; and the one in use. Guarded by this for writing. */
  private volatile List<Server> servers;

  private volatile Server current;

  /** How many have failed since the last one that was good. */
  private volatile int failures;

  /** The one that the gateway has logged in to last; it has been checked. */
  private volatile @Nullable Server good;

  // Guarded by this.
  private Map<NetworkAddress, List<InetAddress>> addresses = Map.of();
  private final Map<InetAddress, Boolean> readOnlyByDefault = new HashMap<>();
  private @Nullable CompletableFuture<Void> resolving;
  private @Nullable Server secondBest;
  private long secondBestNanos;
  private long resolvedNanos;
  private int number;

  /**
   * Resolves nothing yet.
   *
   * @param threads may block
   * @param nanoTime the clock, as {@link System#nanoTime} is
   * @throws IllegalArgumentException if the certificate authority can't be read
   */
  public ServerHosts(
      DatabaseSettings settings, NameService names, Executor threads, LongSupplier nanoTime) {
    this.settings = settings;
    this.names = new HostNames(names, threads);
    this.nanoTime = nanoTime;
    this.resolvedNanos = nanoTime.getAsLong() - RESOLVE_NANOS;
    this.servers = list(BackendTls.of(settings));
    this.current = servers.get(0);
  }

  /** Told of each server that the gateway moves to, on any thread; at the first as well. */
  public synchronized void onMove(Consumer<Server> listener) {
    listeners.add(listener);
  }

  /**
   * Has servers checked by the gateway's own account before clients are let in to them, where not
   * any server will do.
   *
   * @param check fails with a {@link RefusedLogin}
   */
  public void checkBy(Function<Server, CompletableFuture<Server>> check) {
    scout = check;
  }

  // ---- the servers

  /** The one in use; it may not be resolved yet. */
  public Server current() {
    return current;
  }

  /** How long connecting may take. */
  public Duration connectTimeout() {
    return settings.connectTimeout();
  }

  /** Whether a server isn't the one that connections go to any more. */
  public boolean isLeft(@Nullable Server server) {
    Server now = good;
    return server != null && now != null && !server.is(now);
  }

  /**
   * The server to connect to: the one in use, resolved; checked, where not any will do.
   *
   * @param checked whether it is to be checked before, if it hasn't been
   * @return completed at once where all is known
   */
  CompletableFuture<Server> pick(boolean checked) {
    Server now = current;
    if (!now.isResolved()) {
      return resolve(true).thenCompose(done -> checked(current, checked));
    }
    return checked(now, checked);
  }

  private CompletableFuture<Server> checked(Server server, boolean checked) {
    return !checked || settings.target() == TargetSession.ANY || server.is(good)
        ? CompletableFuture.completedFuture(server)
        : scout.apply(server);
  }

  /** A server can't be reached, or accepts nobody at the moment: the next one is used. */
  public void failed(Server server) {
    synchronized (this) {
      if (server.is(current)) {
        failures++;
        if (server.is(good)) {
          good = null;
        }
        int next = indexOf(server) + 1;
        current = servers.get(next % servers.size());
      }
    }
    resolve(false);
  }

  /** Whether there is a server that hasn't been tried since the last one that was good. */
  public boolean hasUntried() {
    return failures < servers.size();
  }

  private synchronized int indexOf(Server server) {
    for (int i = 0; i < servers.size(); i++) {
      if (servers.get(i).is(server)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Checks a server that has let somebody log in.
   *
   * @param found what its own parameters say of it
   * @param own whether the gateway's own account has asked; a client's session may be read-only by
   *     a setting of its user
   * @return why it isn't used, which tells of a server that can't be reached; null if it is
   */
  @Nullable Report check(Server server, ServerKind found, boolean own) {
    List<Consumer<Server>> told;
    synchronized (this) {
      boolean readOnly = own ? found.readOnlyByDefault() : isReadOnlyByDefault(server);
      if (own && server.address() != null) {
        readOnlyByDefault.put(server.address(), readOnly);
      }
      if (!isWanted(server, found.standby(), readOnly)) {
        failed(server);
        return unwanted(server, found.standby(), readOnly);
      }
      if (!server.is(current)) {
        return null; // another one is in use by now
      }
      failures = 0;
      if (server.is(good) || !own) {
        return null;
      }
      good = server;
      told = List.copyOf(listeners);
    }
    told.forEach(listener -> listener.accept(server));
    return null;
  }

  /** Whether the gateway's own account has found it so; the caller holds the lock. */
  private boolean isReadOnlyByDefault(Server server) {
    InetAddress at = server.address();
    return at != null && readOnlyByDefault.getOrDefault(at, false);
  }

  private boolean isWanted(Server server, boolean standby, boolean readOnly) {
    if (settings.target().accepts(standby, readOnly)) {
      return true;
    }
    if (settings.target() != TargetSession.PREFER_STANDBY) {
      return false;
    }
    long now = nanoTime.getAsLong();
    if (!hasUntried()) {
      secondBest = server;
      secondBestNanos = now;
    }
    return server.is(secondBest) && now - secondBestNanos < SECOND_BEST_NANOS;
  }

  private Report unwanted(Server server, boolean standby, boolean readOnly) {
    return Report.fatal(
            SqlState.CONNECTION_FAILURE,
            "the backend %s is %s"
                .formatted(
                    server, standby ? "a standby" : readOnly ? "read-only" : "not a standby"))
        .withDetail(
            "Wanted is target_session_attrs=%s (database.url)."
                .formatted(settings.target().word()));
  }

  // ---- other settings

  /**
   * Takes other settings. Connections by a URL that leads elsewhere are left once the gateway has
   * logged in by the new one.
   *
   * @param tls as {@link BackendTls#of} makes it of them
   */
  public synchronized void reconfigure(DatabaseSettings next, BackendTls tls) {
    boolean elsewhere = !next.leadsWhere(settings);
    settings = next;
    if (elsewhere) {
      number++;
      failures = 0;
      good = null;
      addresses = Map.of();
      readOnlyByDefault.clear();
      servers = list(tls);
      current = servers.get(0);
    }
  }

  // ---- names

  private List<Server> list(BackendTls tls) {
    List<Server> listed = new ArrayList<>();
    for (NetworkAddress host : settings.addresses()) {
      List<InetAddress> known = addresses.getOrDefault(host, List.of());
      if (known.isEmpty()) {
        listed.add(new Server(host, HostNames.literal(host), tls, number));
      }
      for (InetAddress address : known) {
        listed.add(new Server(host, address, tls, number));
      }
    }
    return List.copyOf(listed);
  }

  /** Looks whether names lead elsewhere, if it is time to. Called often; returns at once. */
  public void lookAgain() {
    Duration refresh = settings.dnsRefresh();
    boolean due;
    synchronized (this) {
      due = !refresh.isZero() && nanoTime.getAsLong() - resolvedNanos >= refresh.toNanos();
    }
    if (due) {
      resolve(false);
    }
  }

  /**
   * Resolves names.
   *
   * @param now also where that was done a moment ago
   */
  private synchronized CompletableFuture<Void> resolve(boolean now) {
    CompletableFuture<Void> underWay = resolving;
    if (underWay != null) {
      return underWay;
    }
    List<NetworkAddress> hosts = settings.addresses();
    if (hosts.stream().noneMatch(HostNames::isName)
        || (!now && nanoTime.getAsLong() - resolvedNanos < RESOLVE_NANOS)) {
      return CompletableFuture.completedFuture(null);
    }
    int of = number;
    CompletableFuture<Void> done = new CompletableFuture<>();
    resolving = done;
    names
        .resolve(hosts, addresses)
        .whenComplete(
            (found, failure) -> {
              resolved(found == null ? Map.of() : found, of);
              done.complete(null);
            });
    return done;
  }

  private void resolved(Map<NetworkAddress, List<InetAddress>> found, int of) {
    Server next = null;
    synchronized (this) {
      resolving = null;
      resolvedNanos = nanoTime.getAsLong();
      if (of != number) {
        return; // of a URL that has been replaced
      }
      addresses = found;
      Server before = current;
      servers = list(before.tls());
      if (indexOf(before) < 0) {
        current =
            servers.stream()
                .filter(server -> server.host().equals(before.host()))
                .findFirst()
                .orElse(servers.get(0));
        next = before.isResolved() ? current : null;
      }
    }
    if (next != null) {
      // The old connections go once the gateway has logged in there.
      var unused = scout.apply(next);
    }
  }
}
