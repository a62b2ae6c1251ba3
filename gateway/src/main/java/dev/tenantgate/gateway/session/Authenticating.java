package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.auth.SaslMechanisms;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/**
 * The server checks who the client is; the gateway passes their messages on. Afterwards the server
 * tells its parameters and the key for cancelling, which the client may have at once. The first
 * ReadyForQuery it may not: that is the gate's to give.
 */
final class Authenticating extends SessionState {

  private final Destination destination;
  private final boolean encrypted;
  private boolean authenticated;

  Authenticating(Session session, Destination destination, boolean encrypted) {
    super(session);
    this.destination = destination;
    this.encrypted = encrypted;
  }

  @Override
  void frontendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (type == FrontendMessage.PASSWORD) {
      session.toBackend(frame);
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
    switch (type) {
      case BackendMessage.AUTHENTICATION -> authentication(frame);
      case BackendMessage.ERROR_RESPONSE -> session.endWith(frame);
      case BackendMessage.NOTICE_RESPONSE, BackendMessage.NEGOTIATE_PROTOCOL_VERSION ->
          session.toFrontend(frame);
      case BackendMessage.PARAMETER_STATUS -> {
        session.reports().note(frame, frame.readerIndex() + 5, frame.readableBytes() - 5);
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

  private void authentication(ByteBuf frame) {
    int request = Authentication.request(frame);
    if (request == Authentication.OK && !authenticated) {
      authenticated = true;
      session.holdFrontendInput();
    }
    session.toFrontend(
        request == Authentication.SASL && encrypted
            ? SaslMechanisms.withoutChannelBinding(frame)
            : frame);
  }

  private void key(ByteBuf keyData) {
    try {
      session.cancellableAtBackendBy(CancelKey.read(keyData.slice().skipBytes(5)));
    } catch (ProtocolViolation e) {
      keyData.release();
      throw e;
    }
  }

  private void ready(ByteBuf frame) {
    frame.release();
    if (!authenticated) {
      throw new ProtocolViolation("the backend is ready for queries before authentication");
    }
    if (!destination.dependsOnServer()) {
      session.become(new AtGate(session, destination));
    } else if (session.reports().searchPath() != null) {
      // From PostgreSQL 18 on the server itself says where the session is.
      session.enterGate(destination, session.reports().searchPath());
    } else {
      session.become(new AskingSearchPath(session, destination));
    }
  }
}
