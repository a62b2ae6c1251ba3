package dev.tenantgate.gateway.session;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.backend.BackendCredential;
import dev.tenantgate.gateway.backend.BackendLogin;
import dev.tenantgate.gateway.backend.CancelRegistry.Cancellable;
import dev.tenantgate.gateway.backend.LoggedInBackend;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import dev.tenantgate.gateway.memory.ClientMemoryExhausted;
import dev.tenantgate.gateway.pool.OwnBackend;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.Relay;
import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.startup.LoginRefused;
import dev.tenantgate.gateway.startup.LoginSlot;
import dev.tenantgate.gateway.startup.StartupDecoder;
import dev.tenantgate.gateway.startup.StartupMessage;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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
  private final ScheduledFuture<?> loginTimeout;
  private SessionState state;
  private @Nullable Channel backend;
  private boolean backendActive;
  private final SessionKeys keys = new SessionKeys(this);
  private final ClientIdentity identity = new ClientIdentity();

  /** What the server has told about its parameters until the relay began. */
  private final Map<String, String> parameters = new LinkedHashMap<>(0);

  Session(SessionServices services, Channel frontend, FrontendTls tls) {
    this.services = services;
    this.frontend = frontend;
    this.encryption = new ClientEncryption(frontend, tls);
    this.state = new AwaitingStartup(this);
    this.loginTimeout =
        frontend
            .eventLoop()
            .schedule(
                () -> state.loginTimedOut(),
                services.settings().listen().loginTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    services.opened(this);
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

  NetworkAddress backendAddress() {
    return services.connector().address();
  }

  SessionState state() {
    return state;
  }

  boolean isIn(SessionState candidate) {
    return state == candidate;
  }

  void become(SessionState next) {
    assert frontend.eventLoop().inEventLoop();
    if (!(state instanceof Ended)) {
      state = next;
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

  /** The client has logged in: the time from here on is not its own. */
  void loggedIn() {
    loginTimeout.cancel(false);
    LoginSlot.of(frontend).release();
  }

  // ---- messages

  void toFrontend(ByteBuf message) {
    frontend.write(message, frontend.voidPromise());
  }

  void toBackend(ByteBuf message) {
    if (backend == null) {
      message.release();
    } else {
      backend.write(message, backend.voidPromise());
    }
  }

  void flushBackend() {
    if (backend != null) {
      backend.flush();
    }
  }

  // ---- the backend

  /** A connection that the client itself will log in on. */
  void connectBackend(ConnectingBackend listener) {
    services.meter().backendConnecting();
    connecting(
        services
            .connector()
            .connect(frontend.eventLoop(), new BackendLoginHandler(this), listener));
  }

  /** A connection that the gateway logs in on, as the client's user. */
  void openBackend(
      StartupMessage startup, BackendCredential credential, BackendLogin.Listener listener) {
    services.meter().backendConnecting();
    connecting(services.backendLogin().open(frontend.eventLoop(), startup, credential, listener));
  }

  private void connecting(Channel channel) {
    backend = channel;
    channel.closeFuture().addListener(closed -> services.meter().backendClosed(backendActive));
  }

  /** Whether the client sees the same certificate here as it would at the backend. */
  boolean showsCertificateOfBackend() {
    return encryption.showsCertificateOf(backend);
  }

  /** What the backend says from here on comes to the session's state. */
  void adopt(LoggedInBackend loggedIn) {
    loggedIn.channel().pipeline().addLast(new BackendLoginHandler(this));
    parameters.putAll(loggedIn.parameters());
    CancelKey key = loggedIn.cancelKey();
    if (key != null) {
      keys.backend(key, backend);
    }
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

  /** What the client was told to be its process at the server; 0 if it was told nothing. */
  int processId() {
    return keys.clientProcess();
  }

  /** The client holds this key. */
  void cancellableBy(CancelKey key) {
    keys.client(key);
  }

  /** The client and the backend hold this key. */
  void cancellableAtBackendBy(CancelKey key) {
    keys.client(key);
    keys.backend(key, backend);
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
      Destination destination, int backendProcess, Activity activity, long beganNanos) {
    SchemaRef tenant = destination.route().tenant();
    String reported = parameters.get("application_name");
    return new SessionInTransaction(
        tenant == null ? null : tenant.tenant(),
        destination.request().user(),
        reported == null
            ? destination.request().others().getOrDefault("application_name", "")
            : reported,
        String.valueOf(frontend.remoteAddress()).replaceFirst("^.*/", ""),
        backendProcess,
        activity,
        Duration.ofNanos(System.nanoTime() - beganNanos));
  }

  /** The client is to know why its transaction was ended. */
  static Report ended(String why) {
    return Report.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: " + why)
        .withDetail("Its transaction was still open when the time for the running ones was up.");
  }

  /** What the server has reported, by name, until the relay began. */
  Map<String, String> parameters() {
    return parameters;
  }

  /** Takes a ParameterStatus of the session's own backend. */
  void noteParameter(ByteBuf frame) {
    ByteBuf body = frame.slice().skipBytes(5);
    String encoding = parameters.get("client_encoding");
    Charset charset =
        encoding == null ? StandardCharsets.UTF_8 : ClientEncoding.of(encoding).charset();
    int nameBytes = body.bytesBefore((byte) 0);
    int valueBytes =
        nameBytes < 0
            ? -1
            : body.bytesBefore(nameBytes + 1, body.readableBytes() - nameBytes - 1, (byte) 0);
    if (valueBytes >= 0) {
      parameters.put(
          body.toString(0, nameBytes, StandardCharsets.US_ASCII),
          body.toString(nameBytes + 1, valueBytes, charset));
    }
  }

  /** Makes the session's connection to the server a lease that doesn't end. */
  OwnBackend ownBackend(Destination destination) {
    Channel target = Objects.requireNonNull(backend);
    backend = null;
    services.meter().backendActive();
    backendActive = true;
    OwnBackend own =
        new OwnBackend(
            services.pools(),
            new PoolKey(destination.request().database(), destination.request().user()),
            new LoggedInBackend(target, parameters, keys.backendKey()),
            services.plainTexts(frontend.eventLoop()));
    target.pipeline().replace(BackendLoginHandler.class, "relay", own.backend());
    target.pipeline().remove(BackendLoginHandler.FRAMES);
    return own;
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

  /** Ends with an ErrorResponse. */
  void end(Report report) {
    end(report.encode(frontend.alloc()));
  }

  /** Ends with the backend's own ErrorResponse. */
  void endWith(ByteBuf errorResponse) {
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
    loginTimeout.cancel(false);
    keys.sessionEnded();
    if (lastWords != null) {
      frontend.write(lastWords, frontend.voidPromise());
    }
    if (clientLeft) {
      LingeringClose.ofOneWhoLeft(frontend);
    } else {
      LingeringClose.of(frontend);
    }
    if (backend != null) {
      if (backend.isActive()) {
        backend.write(FrontendMessage.terminate(backend.alloc()), backend.voidPromise());
      }
      LingeringClose.afterFlush(backend);
    }
    services.closed(this);
  }

  // ---- reports

  static Report fatal(Refusal refusal) {
    return new Report(
        Severity.FATAL, refusal.sqlState(), refusal.message(), refusal.detail(), refusal.hint());
  }

  Report backendLost() {
    return Report.fatal(SqlState.CONNECTION_FAILURE, "the connection to the backend was lost")
        .withDetail("The backend %s closed it.".formatted(backendAddress()));
  }

  /** What goes wrong, in the log. */
  SessionLog log() {
    return new SessionLog(services, frontend);
  }

  /** This client asked for memory that isn't there: it ends, others go on. */
  void outOfMemory(Throwable cause, boolean reportPossible) {
    services.logOutOfMemory(cause, frontend);
    if (!reportPossible) {
      end();
      return;
    }
    Report report = Report.fatal(SqlState.OUT_OF_MEMORY, "out of memory");
    end(
        cause instanceof ClientMemoryExhausted exhausted
            ? report.withDetail(String.valueOf(exhausted.getMessage())).withHint(exhausted.hint())
            : report
                .withDetail("The gateway has none left for what this client has sent.")
                .withHint("Send less at once, or give the gateway more (TENANTGATE_MEMORY)."));
  }

  /** Whether there is no memory for what a client wants. */
  static boolean isOutOfMemory(Throwable cause) {
    return cause instanceof ClientMemoryExhausted || cause instanceof OutOfMemoryError;
  }

  /** There are too many at this step of the login already. */
  void turnAway(String reason) {
    services.logTurnedAway(reason, frontend);
    end(Report.fatal(SqlState.TOO_MANY_CONNECTIONS, reason));
  }

  /** A fault in what came, or in us: the session ends, nothing else does. */
  void failed(Throwable cause) {
    if (state instanceof Ended) {
      return;
    }
    if (cause instanceof LoginRefused) {
      turnAway(String.valueOf(cause.getMessage()));
    } else if (isOutOfMemory(cause)) {
      outOfMemory(cause, true);
    } else if (cause instanceof ProtocolViolation violation) {
      log().violation(violation);
      if (violation.isTold()) {
        end(Report.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())));
      } else {
        end();
      }
    } else if (cause instanceof IOException) {
      end();
    } else {
      services.log().atError().setCause(cause).log("session failed");
      end(Report.fatal(SqlState.INTERNAL_ERROR, "internal error of the gateway"));
    }
  }
}
