package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.pool.OwnBackend;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session's own connection to the server until the relay takes it over: how it is opened, what is
 * written to it, and which parameters the server has reported. Event-loop confined.
 */
final class SessionBackend {

  private final Session session;
  private final SessionServices services;
  private @Nullable Channel channel;
  private boolean active;

  /** How to log in as the gateway has done; null where the server checks the client. */
  private OwnBackend.@Nullable Login login;

  /** The server's parameters as reported until the relay began. */
  private Map<String, String> parameters = Map.of();

  SessionBackend(Session session, SessionServices services) {
    this.session = session;
    this.services = services;
  }

  /** Its connection; null if there is none, or the relay has it. */
  @Nullable Channel channel() {
    return channel;
  }

  // ---- its beginning

  /** Opens a connection that the client itself will log in on. */
  void connect(ConnectingBackend listener) {
    services.meter().backendConnecting();
    connecting(
        services
            .connector()
            .connect(session.frontend().eventLoop(), new BackendLoginHandler(session), listener));
  }

  /** Opens a connection that the gateway logs in on, as the client's user. */
  void open(StartupMessage startup, BackendCredential credential, BackendLogin.Listener listener) {
    services.meter().backendConnecting();
    login = next -> logInAgain(startup, credential, next);
    connecting(
        services
            .backendLogin()
            .open(session.frontend().eventLoop(), startup, credential, listener));
  }

  /** A backend that takes the place of one that the relay has lost. */
  private Channel logInAgain(
      StartupMessage startup, BackendCredential credential, BackendLogin.Listener listener) {
    services.meter().backendConnecting();
    SecondLogin second = new SecondLogin(session, listener);
    Channel opened =
        services.backendLogin().open(session.frontend().eventLoop(), startup, credential, second);
    opened.closeFuture().addListener(closed -> services.meter().backendClosed(second.isActive()));
    return opened;
  }

  private void connecting(Channel connection) {
    channel = connection;
    active = false;
    connection.closeFuture().addListener(closed -> services.meter().backendClosed(active));
  }

  /** From here on the session's state gets the backend's messages. */
  void adopt(LoggedInBackend loggedIn) {
    loggedIn.channel().pipeline().addLast(new BackendLoginHandler(session));
    loggedIn.parameters().forEach(this::note);
    CancelKey key = loggedIn.cancelKey();
    if (key != null) {
      session.keys().backend(key, channel);
    }
  }

  /** Makes it a lease that doesn't end. */
  OwnBackend handOver(Destination destination) {
    Channel target = Objects.requireNonNull(channel);
    channel = null;
    services.meter().backendActive();
    active = true;
    OwnBackend own =
        new OwnBackend(
            services.pools(),
            new PoolKey(destination.request().database(), destination.request().user()),
            new LoggedInBackend(target, parameters, session.keys().backendKey()),
            services.plainTexts(session.frontend().eventLoop()),
            destination.request().isReplication() ? null : login);
    target.pipeline().replace(BackendLoginHandler.class, "relay", own.backend());
    target.pipeline().remove(BackendLoginHandler.FRAMES);
    return own;
  }

  // ---- what is said

  void write(ByteBuf message) {
    if (channel == null) {
      message.release();
    } else {
      channel.write(message, channel.voidPromise());
    }
  }

  void flush() {
    if (channel != null) {
      channel.flush();
    }
  }

  /** The server's reported parameters, by name, until the relay began. */
  Map<String, String> parameters() {
    return parameters;
  }

  private void note(String name, String value) {
    if (parameters.isEmpty()) {
      parameters = new LinkedHashMap<>();
    }
    parameters.put(name, value);
  }

  /** Takes a ParameterStatus. */
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
      note(
          body.toString(0, nameBytes, StandardCharsets.US_ASCII),
          body.toString(nameBytes + 1, valueBytes, charset));
    }
  }

  // ---- its end

  /** It is of no use; another is opened in its place. */
  void drop() {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }

  /** The session ends before the relay has taken it over, or has never had one. */
  void end() {
    if (channel == null) {
      return;
    }
    if (channel.isActive()) {
      channel.write(FrontendMessage.terminate(channel.alloc()), channel.voidPromise());
    }
    LingeringClose.afterFlush(channel);
  }
}
