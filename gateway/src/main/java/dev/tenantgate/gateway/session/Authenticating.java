package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.gateway.auth.SaslMechanisms;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.tracing.SpanName;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The server checks who the client is; the gateway passes their messages on. Afterwards the server
 * tells its parameters and the key for cancelling, which the client may have at once. The first
 * ReadyForQuery it may not: that is the gate's to give.
 */
final class Authenticating extends SessionState {

  /** The server would say that somebody in the middle has struck it from the offer: we have. */
  private static final Report BINDING_LOST =
      Report.fatal(
              SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
              "SCRAM channel binding can't be carried through this gateway")
          .withDetail(
              "The client's TLS connection ends here, and another certificate is shown on it than"
                  + " the server's.")
          .withHint(
              "Connect with channel_binding=disable; or give the gateway the server's certificate"
                  + " (listen.tls.certificate), or auth.method scram-sha-256.");

  private final Destination destination;
  private final boolean encrypted;
  private final ServersTurn serversTurn;
  private boolean bindingTakenOut;
  private final ConnectingBackend before;
  private boolean answered;
  private boolean authenticated;

  /** The bound of the client's next message, in bytes. */
  private int maxLength = LoginFrameDecoder.MAX_TOKEN_LENGTH;

  /**
   * Begins.
   *
   * @param before the state that comes again if the server accepts nobody at the moment
   */
  Authenticating(
      Session session, Destination destination, boolean encrypted, ConnectingBackend before) {
    super(session);
    this.destination = destination;
    this.encrypted = encrypted;
    this.before = before;
    this.serversTurn = new ServersTurn(session);
  }

  @Override
  SpanName span() {
    return SpanName.LOGIN;
  }

  @Override
  void entered() {
    serversTurn.begin();
  }

  @Override
  void left() {
    serversTurn.end();
    before.abandoned();
  }

  @Override
  void loginTimedOut() {
    if (serversTurn.isOn()) {
      serversTurn.timedOut();
    } else {
      super.loginTimedOut();
    }
  }

  @Override
  void frontendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (type == FrontendMessage.PASSWORD && missesChannelBinding(frame)) {
      frame.release();
      session.end(BINDING_LOST);
    } else if (type == FrontendMessage.PASSWORD) {
      session.backend().write(frame);
      serversTurn.begin();
    } else if (type == FrontendMessage.TERMINATE) {
      frame.release();
      session.end();
    } else {
      super.frontendFrame(frame);
    }
  }

  @Override
  void backendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (!answered && isRefusedForNow(frame, type)) {
      return;
    }
    switch (type) {
      case BackendMessage.AUTHENTICATION -> authentication(frame);
      case BackendMessage.ERROR_RESPONSE -> session.endWith(frame);
      case BackendMessage.NOTICE_RESPONSE, BackendMessage.NEGOTIATE_PROTOCOL_VERSION ->
          session.toFrontend(frame);
      case BackendMessage.PARAMETER_STATUS -> {
        session.backend().noteParameter(frame);
        session.toFrontend(frame);
      }
      case BackendMessage.BACKEND_KEY_DATA -> {
        key(frame);
        session.toFrontend(frame);
      }
      case BackendMessage.READY_FOR_QUERY -> ready(frame);
      default -> {
        frame.release();
        throw new ProtocolViolation(
            "unexpected message of type %s from the backend while logging in"
                .formatted(FrameCursor.describe(type)));
      }
    }
  }

  /** A server that starts, or stops, says so before anything else; then it is tried again. */
  private boolean isRefusedForNow(ByteBuf frame, byte type) {
    answered = true;
    Report report =
        type == BackendMessage.ERROR_RESPONSE ? Report.decode(frame.slice().skipBytes(5)) : null;
    if (report == null || !BackendHold.isOutage(report)) {
      before.serverAnswers();
      return false;
    }
    frame.release();
    serversTurn.end();
    before.refused(report);
    return true;
  }

  @Override
  void backendClosed() {
    if (answered) {
      super.backendClosed();
    } else {
      serversTurn.end();
      before.refused(session.backendLost());
    }
  }

  private void authentication(ByteBuf frame) {
    int request = Authentication.request(frame);
    if (request == Authentication.SASL && SaslMechanisms.areScram(frame)) {
      maxLength = LoginFrameDecoder.MAX_SASL_LENGTH;
    }
    if (request == Authentication.OK && !authenticated) {
      authenticated = true;
      session.holdFrontendInput();
    }
    if (Authentication.asksClient(request)) {
      serversTurn.end();
    }
    if (request == Authentication.SASL && encrypted && !session.showsCertificateOfBackend()) {
      bindingTakenOut = true;
      session.toFrontend(SaslMechanisms.withoutChannelBinding(frame));
    } else {
      session.toFrontend(frame);
    }
    if (!authenticated) {
      session.expectLoginFrames(maxLength);
    }
  }

  /** A client that knows of channel binding takes its absence for an attack, and says so. */
  private boolean missesChannelBinding(ByteBuf password) {
    return bindingTakenOut
        && session.encryption().isThere()
        && SaslMechanisms.missesChannelBinding(password);
  }

  private void key(ByteBuf keyData) {
    try {
      session.cancellableAtBackendBy(CancelKey.read(keyData.slice().skipBytes(5)));
    } catch (ProtocolViolation e) {
      keyData.release();
      throw e;
    }
  }

  /** The backend is there already, and can't wait for a place among its user's or database's. */
  private @Nullable Report noBackendPlace() {
    SessionRequest who = destination.request();
    Bound full =
        who.isReplication()
            ? null
            : session.backendPlace().take(new PoolKey(who.database(), who.user()));
    return full == null
        ? null
        : Report.fatal(
            SqlState.TOO_MANY_CONNECTIONS,
            "too many server connections: there may be %d (%s)".formatted(full.most(), full.key()));
  }

  private void ready(ByteBuf frame) {
    frame.release();
    if (!authenticated) {
      throw new ProtocolViolation("the backend is ready for queries before authentication");
    }
    serversTurn.end();
    Report full = session.place().enter(destination.request());
    full = full == null ? noBackendPlace() : full;
    if (full != null) {
      session.end(full);
    } else if (destination.dependsOnServer()) {
      session.become(
          new AskingSearchPath(
              session, destination, session.backend().parameters().get("search_path")));
    } else {
      session.become(new AtGate(session, destination));
    }
  }
}
