package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.connect.RefusedLogin;
import dev.tenantgate.gateway.connect.Server;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the gateway's own account, for auth queries and the like: opened at the first,
 * kept, and opened anew when it was lost, or when another server is in use. Queries are sent as
 * they come and answered in that order. Its login is also what checks a server before clients are
 * let in to it ({@link #check}). Its {@code search_path} is {@code pg_catalog}, never a client's
 * (CVE-2025-12819). Thread-safe; what it does is confined to one event loop.
 */
public final class AuthQueryConnection implements BackendLogin.Listener {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 1_000;

  private final BackendLogin login;
  private final EventLoop eventLoop;
  private volatile DatabaseSettings database;

  /** The lookups that wait for a connection. */
  private final Queue<AuthLookup> waiting = new ArrayDeque<>();

  /** The callers that wait for the word on a server. */
  private final Queue<CompletableFuture<Server>> checks = new ArrayDeque<>();

  private @Nullable Open open;
  private boolean opening;
  private long retryMillis = FIRST_RETRY_MILLIS;

  /**
   * A connection.
   *
   * @param server where it leads
   * @param sent the queries that were sent on it, in the order of their answers
   */
  private record Open(Channel channel, Server server, Queue<AuthLookup> sent) {}

  public AuthQueryConnection(BackendLogin login, EventLoop eventLoop, DatabaseSettings database) {
    this.login = login;
    this.eventLoop = eventLoop;
    this.database = database;
  }

  /** Takes another account, or another server, from the next connection on. */
  public void reconfigure(DatabaseSettings next) {
    boolean alike = next.connectsAs(database);
    database = next;
    if (!alike) {
      var unused = check(login.hosts().current());
    }
  }

  /**
   * Logs in to the server in use, on a new connection, which takes the place of the old one.
   *
   * @param server the one that the caller has in mind; another one may be in use by then
   * @return fails with {@link RefusedLogin}
   */
  public CompletableFuture<Server> check(Server server) {
    CompletableFuture<Server> checked = new CompletableFuture<>();
    eventLoop.execute(
        () -> {
          checks.add(checked);
          connect();
        });
    return checked;
  }

  /**
   * Runs a query with a value for {@code $1}, if the server can be reached now.
   *
   * @return the columns of its first row, none if it has no row; fails with {@link
   *     SecretLookupFailed}
   */
  public CompletableFuture<List<@Nullable String>> row(String sql, String value) {
    return row(sql, value, Duration.ZERO);
  }

  /** The same for a client that logs in: in an outage it waits, and is asked again. */
  CompletableFuture<List<@Nullable String>> rowInTime(String sql, String user) {
    return row(sql, user, database.outageTimeout());
  }

  private CompletableFuture<List<@Nullable String>> row(
      String sql, String value, Duration patience) {
    AuthLookup lookup = new AuthLookup(sql, value, patience);
    eventLoop.execute(() -> begin(lookup));
    return lookup.result();
  }

  private void begin(AuthLookup lookup) {
    Open now = open;
    if (now != null && now.channel.isActive() && isInUse(now.server)) {
      send(now, lookup);
      now.channel.flush();
      return;
    }
    waiting.add(lookup);
    connect();
  }

  private boolean isInUse(Server server) {
    return server.is(login.hosts().current());
  }

  private void connect() {
    if (!opening) {
      opening = true;
      login.openOwn(eventLoop, startup(), credential(), this);
    }
  }

  private StartupMessage startup() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", database.user());
    parameters.put("database", database.database());
    parameters.put("application_name", "tenantgate-auth");
    parameters.put("client_encoding", "UTF8");
    parameters.put("search_path", "pg_catalog");
    return new StartupMessage(new ProtocolVersion(3, 0), parameters);
  }

  private BackendCredential credential() {
    String password = database.password();
    return password == null
        ? new BackendCredential.None()
        : new BackendCredential.Password(password);
  }

  private void send(Open to, AuthLookup lookup) {
    to.sent.add(lookup);
    to.channel.write(lookup.encode(to.channel.alloc()), to.channel.voidPromise());
    // One that isn't answered in time takes the connection with it: the next would wait behind it.
    var timeout =
        eventLoop.schedule(() -> to.channel.close(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    lookup.result().whenComplete((row, failure) -> timeout.cancel(false));
  }

  @Override
  public void loggedIn(LoggedInBackend backend) {
    opening = false;
    retryMillis = FIRST_RETRY_MILLIS;
    Channel channel = backend.channel();
    Server at = Server.of(channel);
    Open opened = new Open(channel, at == null ? login.hosts().current() : at, new ArrayDeque<>());
    Open before = open;
    open = opened;
    channel.pipeline().addLast(new LoginFrameDecoder(), new AuthLookupHandler(opened.sent));
    channel.closeFuture().addListener(closed -> lost(opened));
    while (!waiting.isEmpty()) {
      send(opened, waiting.remove());
    }
    channel.flush();
    while (!checks.isEmpty()) {
      checks.remove().complete(opened.server);
    }
    if (before != null) {
      endWhenAnswered(before);
    }
  }

  private static void endWhenAnswered(Open before) {
    CompletableFuture.allOf(
            before.sent.stream().map(AuthLookup::result).toArray(CompletableFuture<?>[]::new))
        .whenComplete((done, failure) -> before.channel.close());
  }

  @Override
  public void loginFailed(Report report) {
    opening = false;
    String detail = report.detail() == null ? "" : " (" + report.detail() + ")";
    boolean passes = BackendHold.isOutage(report);
    Queue<AuthLookup> over = new ArrayDeque<>(waiting);
    over.removeIf(lookup -> passes && lookup.waitsOn());
    waiting.removeAll(over);
    fail(over, report.message() + detail);
    if (!waiting.isEmpty()) {
      connectLater();
    }
    while (!checks.isEmpty()) {
      checks.remove().completeExceptionally(new RefusedLogin(report));
    }
  }

  private void connectLater() {
    long millis = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis);
    retryMillis = Math.min(LAST_RETRY_MILLIS, 2 * retryMillis);
    eventLoop.schedule(
        () -> {
          if (!waiting.isEmpty()) {
            connect();
          }
        },
        login.hosts().hasUntried() ? 0 : millis,
        TimeUnit.MILLISECONDS);
  }

  private void lost(Open closed) {
    if (closed.equals(open)) {
      open = null;
    }
    List<AuthLookup> again = closed.sent.stream().filter(AuthLookup::waitsOn).toList();
    closed.sent.removeAll(again);
    if (waiting.addAll(again)) {
      connect();
    }
    fail(closed.sent, "the connection to the database was lost");
  }

  private static void fail(Queue<AuthLookup> lookups, String reason) {
    while (!lookups.isEmpty()) {
      lookups.remove().result().completeExceptionally(new SecretLookupFailed(reason));
    }
  }
}
