package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.gateway.backend.BackendCredential;
import dev.tenantgate.gateway.backend.BackendLogin;
import dev.tenantgate.gateway.backend.LoggedInBackend;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the gateway's own account, for auth queries and the like: opened at the first,
 * kept, and opened anew when it was lost. Queries are sent as they come and answered in that order.
 * Its {@code search_path} is {@code pg_catalog}, never a client's (CVE-2025-12819). Thread-safe;
 * what it does is confined to one event loop.
 */
public final class AuthQueryConnection implements BackendLogin.Listener {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final BackendLogin login;
  private final EventLoop eventLoop;
  private final DatabaseSettings database;

  /** Those that were sent, in the order of their answers. */
  private final Queue<AuthLookup> sent = new ArrayDeque<>();

  /** Those that wait for a connection. */
  private final Queue<AuthLookup> waiting = new ArrayDeque<>();

  private @Nullable Channel channel;
  private boolean opening;

  public AuthQueryConnection(BackendLogin login, EventLoop eventLoop, DatabaseSettings database) {
    this.login = login;
    this.eventLoop = eventLoop;
    this.database = database;
  }

  /**
   * Runs a query with a value, mostly a user's name, for {@code $1}.
   *
   * @return the columns of its first row, none if it has no row; fails with {@link
   *     SecretLookupFailed}
   */
  public CompletableFuture<List<@Nullable String>> row(String sql, String value) {
    AuthLookup lookup = new AuthLookup(sql, value);
    eventLoop.execute(() -> begin(lookup));
    return lookup.result();
  }

  private void begin(AuthLookup lookup) {
    if (channel != null && channel.isActive()) {
      send(channel, lookup);
      channel.flush();
      return;
    }
    waiting.add(lookup);
    if (!opening) {
      opening = true;
      login.open(eventLoop, startup(), credential(), this);
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

  private void send(Channel to, AuthLookup lookup) {
    sent.add(lookup);
    to.write(lookup.encode(to.alloc()), to.voidPromise());
    // One that isn't answered in time takes the connection with it: the next would wait behind it.
    var timeout = eventLoop.schedule(() -> to.close(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    lookup.result().whenComplete((row, failure) -> timeout.cancel(false));
  }

  @Override
  public void loggedIn(LoggedInBackend backend) {
    opening = false;
    Channel opened = backend.channel();
    channel = opened;
    opened.pipeline().addLast(new LoginFrameDecoder(), new AuthLookupHandler(sent));
    opened.closeFuture().addListener(closed -> lost(opened));
    while (!waiting.isEmpty()) {
      send(opened, waiting.remove());
    }
    opened.flush();
  }

  @Override
  public void loginFailed(Report report) {
    opening = false;
    String detail = report.detail() == null ? "" : " (" + report.detail() + ")";
    fail(waiting, report.message() + detail);
  }

  private void lost(Channel closed) {
    if (channel == closed) {
      channel = null;
      fail(sent, "the connection to the database was lost");
    }
  }

  private static void fail(Queue<AuthLookup> lookups, String reason) {
    while (!lookups.isEmpty()) {
      lookups.remove().result().completeExceptionally(new SecretLookupFailed(reason));
    }
  }
}
