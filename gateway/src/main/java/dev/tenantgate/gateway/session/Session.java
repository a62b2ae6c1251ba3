package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.CancelRegistry.Cancellable;
import dev.tenantgate.gateway.connect.Server;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.Relay;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.startup.LoginSlot;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.startup.StartupDecoder;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, from its first byte to its last: the channels on both sides, the state,
 * and what states do to them. Event-loop confined, save for what says otherwise.
 */
final class Session implements Cancellable {

  static final Report SHUTTING_DOWN =
      Report.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: the gateway is shutting down");

  private static final String HELD_INPUT = "held-input";

  private final SessionServices services;
  private final Channel frontend;
  private final ClientEncryption encryption;
  private @Nullable ScheduledFuture<?> loginTimeout;
  private SessionState state;
  private final SessionBackend backend;
  private final ClientPlace place;
  private final SessionFailures failures = new SessionFailures(this);
  private final PlaceWait backendPlace;
  private @Nullable SessionRequest request;
  private final SessionKeys keys = new SessionKeys(this);
  private final ClientIdentity identity = new ClientIdentity();
  private final @Nullable ClientTrace trace;

  Session(SessionServices services, Channel frontend, FrontendTls tls) {
    this.services = services;
    this.frontend = frontend;
    this.encryption = new ClientEncryption(frontend, tls);
    this.backend = new SessionBackend(this, services);
    this.trace = services.newTrace();
    this.place = new ClientPlace(services);
    this.backendPlace = new PlaceWait(this);
    this.state = new AwaitingStartup(this);
    loginBegins();
    services.opened(this);
  }

  /** The client has said what it wants. */
  void asked(SessionRequest what) {
    request = what;
    SessionTrace.asked(this, what);
  }

  /** The client's spans; null if nothing is traced. */
  @Nullable ClientTrace trace() {
    return trace;
  }

  SessionServices services() {
    return services;
  }

  /** The client among all that have come. */
  ClientIdentity identity() {
    return identity;
  }

  Channel frontend() {
    return frontend;
  }

  /** Its place for a server connection of its own. */
  PlaceWait backendPlace() {
    return backendPlace;
  }

  /** Its place among the clients of its user, database and tenant. */
  ClientPlace place() {
    return place;
  }

  /** The server that the session's own connection leads to; without one, the server in use. */
  Server backendServer() {
    Channel own = backend.channel();
    Server server = own == null ? null : Server.of(own);
    return server == null ? services.connector().hosts().current() : server;
  }

  SessionState state() {
    return state;
  }

  boolean isIn(SessionState candidate) {
    return state == candidate;
  }

  boolean hasEnded() {
    return state instanceof Ended;
  }

  void become(SessionState next) {
    assert frontend.eventLoop().inEventLoop();
    if (!(state instanceof Ended)) {
      state = next;
      SessionTrace.step(trace, next);
      next.entered();
    }
  }

  // ---- what states do to the frontend's pipeline

  /** The client has said who it is; what stands behind that waits until somebody wants it. */
  void holdInputBehindStartup() {
    frontend
        .pipeline()
        .replace(StartupDecoder.class, HELD_INPUT, HeldInput.beforeLogin(LoginSlot.of(frontend)));
  }

  /**
   * The client is asked to prove who it is: messages have types from here on.
   *
   * @param maxLength what the length of its next message may say
   */
  void expectLoginFrames(int maxLength) {
    LoginFrameDecoder frames = frontend.pipeline().get(LoginFrameDecoder.class);
    if (frames == null) {
      frontend
          .pipeline()
          .replace(
              HeldInput.class,
              "login-frames",
              new LoginFrameDecoder(maxLength, LoginSlot.of(frontend)));
    } else {
      frames.expect(maxLength);
    }
  }

  /** The client has no say until it is let through. */
  void holdFrontendInput() {
    HeldInput held = frontend.pipeline().get(HeldInput.class);
    if (held != null) {
      held.loggedIn(frontend);
    } else {
      frontend.pipeline().replace(LoginFrameDecoder.class, HELD_INPUT, HeldInput.afterLogin());
    }
  }

  /** TLS towards the client. */
  ClientEncryption encryption() {
    return encryption;
  }

  private void stopLoginTimeout() {
    if (loginTimeout != null) {
      loginTimeout.cancel(false);
      loginTimeout = null; // nor is it kept: most sessions last for long
    }
  }

  /** The client's time begins anew. */
  void loginBegins() {
    stopLoginTimeout();
    loginTimeout =
        frontend
            .eventLoop()
            .schedule(
                () -> state.loginTimedOut(),
                services.settings().listen().loginTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  /** The client has logged in: the time from here on is not its own. */
  void loggedIn() {
    stopLoginTimeout();
    LoginSlot.of(frontend).release();
  }

  // ---- messages

  void toFrontend(ByteBuf message) {
    frontend.write(message, frontend.voidPromise());
  }

  /** Says something at once to a client that waits. */
  void notice(String text) {
    toFrontend(Report.notice(text, null).encode(frontend.alloc()));
    frontend.flush();
  }

  // ---- the backend

  /** The session's own connection to the server, until the relay has it. */
  SessionBackend backend() {
    return backend;
  }

  /** Whether the client sees the same certificate here as it would at the backend. */
  boolean showsCertificateOfBackend() {
    return encryption.showsCertificateOf(backend.channel());
  }

  /** Somebody has ended the process that the client was told to be its own. On any thread. */
  void terminate(Report why) {
    frontend
        .eventLoop()
        .execute(
            () -> {
              state.cancel(() -> {});
              end(why.asFatal());
            });
  }

  /** The process ID that the client was told; 0 if it was told none. */
  int processId() {
    return keys.clientProcess();
  }

  /** The client and the backend hold this key. */
  void cancellableAtBackendBy(CancelKey key) {
    keys.client(key);
    keys.backend(key, backend.channel());
  }

  SessionKeys keys() {
    return keys;
  }

  /** Called on any thread. */
  @Override
  public void cancel(Runnable done) {
    frontend.eventLoop().execute(() -> state.cancel(done));
  }

  /** This session and the transaction that it is in. */
  SessionInTransaction inTransaction(
      Destination destination,
      int backendProcess,
      @Nullable String application,
      Activity activity,
      long beganNanos) {
    SchemaRef tenant = destination.route().tenant();
    return new SessionInTransaction(
        tenant == null ? null : tenant.tenant(),
        destination.request().user(),
        ClientIdentity.application(this, destination, application),
        UnixPeer.place(frontend),
        backendProcess,
        activity,
        Duration.ofNanos(System.nanoTime() - beganNanos));
  }

  /** The client is told that it may begin; its messages are the relay's from here on. */
  void startRelay(Relay relay) {
    frontend.pipeline().replace(FrontendLoginHandler.class, "relay", relay.frontendHandler());
    frontend.writeAndFlush(
        frontend.alloc().buffer(6).writeByte('Z').writeInt(5).writeByte('I'),
        frontend.voidPromise());
    frontend.pipeline().remove(HeldInput.class);
  }

  /** To the gate of whatever the server's own {@code search_path} leads to. */
  void enterGate(Destination destination) {
    TenantRoute route = destination.following(services.router());
    if (route instanceof TenantRoute.Refused refused) {
      end(fatal(refused.refusal()));
    } else if (route instanceof TenantRoute.Routed routed) {
      become(new AtGate(this, destination.rerouted(routed)));
    }
  }

  // ---- the end

  /** Ends without a word. */
  void end() {
    end((ByteBuf) null);
  }

  /** Ends with an ErrorResponse: the client can't be served. */
  void end(Report report) {
    if (!(state instanceof Ended)) {
      log().failed(report);
    }
    endCounted(report);
  }

  /** Ends with an ErrorResponse, for a reason of its own. */
  void end(ClientError reason, Report report) {
    if (!(state instanceof Ended)) {
      log().failed(reason, ClientFailures.words(report));
    }
    endCounted(report);
  }

  /** Ends with an ErrorResponse: the gate has refused the client. */
  void refuse(Report report) {
    if (!(state instanceof Ended)) {
      log().refused(report);
    }
    endCounted(report);
  }

  /** Ends with an ErrorResponse; whatever is to be counted is. */
  void endCounted(Report report) {
    end(report.encode(frontend.alloc()));
  }

  /** Ends with the backend's own ErrorResponse. */
  void endWith(ByteBuf errorResponse) {
    if (!(state instanceof Ended)) {
      Report report = Report.decode(errorResponse.slice().skipBytes(5));
      log().failed(ClientError.ofServer(report), ClientFailures.words(report));
    }
    end(errorResponse);
  }

  /** Ends as the client has asked for. */
  void endAtWish() {
    end(null, true);
  }

  private void end(@Nullable ByteBuf lastWords) {
    end(lastWords, false);
  }

  private void end(@Nullable ByteBuf lastWords, boolean clientLeft) {
    if (state instanceof Ended) {
      if (lastWords != null) {
        lastWords.release();
      }
      return;
    }
    state.left();
    state = new Ended(this);
    SessionTrace.ended(trace, lastWords);
    stopLoginTimeout();
    keys.sessionEnded();
    place.leave();
    backendPlace.end();
    if (lastWords != null) {
      frontend.write(lastWords, frontend.voidPromise());
    }
    if (clientLeft) {
      LingeringClose.ofOneWhoLeft(frontend);
    } else {
      LingeringClose.of(frontend);
    }
    backend.end();
    services.closed(this);
  }

  // ---- reports

  static Report fatal(Refusal refusal) {
    return new Report(
        Severity.FATAL, refusal.sqlState(), refusal.message(), refusal.detail(), refusal.hint());
  }

  Report backendLost() {
    return Report.fatal(SqlState.CONNECTION_FAILURE, "the connection to the backend was lost")
        .withDetail("The backend %s closed it.".formatted(backendServer()));
  }

  /** Logs and counts the session's events. */
  SessionLog log() {
    return new SessionLog(services, frontend, request);
  }

  /** Ends it for a fault of the client's, or of ours. */
  SessionFailures failures() {
    return failures;
  }

  /** There are too many at this step of the login already. */
  void turnAway(String reason) {
    end(Report.fatal(SqlState.TOO_MANY_CONNECTIONS, reason));
  }
}
