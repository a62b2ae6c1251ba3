package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.StartupPacket;
import dev.tenantgate.gateway.tracing.SpanName;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One step of a session's life. Each event is a method; an event that a state doesn't override
 * can't happen in it, or ends the session.
 *
 * <pre>
 *  AwaitingStartup ──CancelRequest──────────────────────────────────► Ended
 *        │ StartupMessage, routed
 *        ├──────────── pass-through ───────────┐
 *        │ the gateway checks clients itself   │
 *        ▼                                     ▼
 *  CheckingClient ──28P01, timeout──► Ended  ConnectingBackend ──08006──► Ended
 *        │                                     │ connected
 *        │                                     ▼
 *        │                                   Authenticating ──refused by the server, timeout──► Ended
 *        │                                     │ first ReadyForQuery
 *        │  OpeningBackend ◄─(1)               ▼
 *        │        └──────────────────────────► AskingSearchPath (2)
 *        ▼                                     │
 *      AtGate ◄────────────────────────────────┘
 *        │ ──rejected, hold timeout, cancelled: 57P03, 53300 …──► Ended
 *        │ admitted
 *        ├────────────── has a backend already ─────────────┐
 *        ▼                                                  ▼
 *  OpeningBackend ──refused by the server, 08006──► Ended   Relaying ──either side ends──► Ended
 *        └─────────────────────────────────────────────────►┘
 *
 *  With transaction pooling CheckingClient is followed by
 *  EnteringPool ──rejected, hold timeout, cancelled, no backend──► Ended
 *        │ admitted, told its parameters
 *        ▼
 *      Relaying
 *
 *  The console's database leads elsewhere:
 *  AwaitingStartup ──► ConsoleLogin ──28P01, 28000, 53300, timeout──► Ended
 *                            │ proved, allowed
 *                            ▼
 *                        InConsole ──the client leaves──► Ended
 *
 *  (1) before the gate only where nobody but the server knows where the session is
 *  (2) only if nobody has said where it is
 * </pre>
 *
 * <p>The frontend's end, the backend's end and a shutdown can come in every state. Event-loop
 * confined.
 */
abstract sealed class SessionState
    permits AwaitingStartup,
        CheckingClient,
        ConnectingBackend,
        Authenticating,
        OpeningBackend,
        AskingSearchPath,
        AtGate,
        EnteringPool,
        Relaying,
        ConsoleLogin,
        InConsole,
        Ended {

  final Session session;

  SessionState(Session session) {
    this.session = session;
  }

  /** The name of this step's span; null for a step without a span of its own. */
  @Nullable SpanName span() {
    return null;
  }

  /** The session has come into this state. */
  void entered() {}

  /** The session ends in this state. */
  void left() {}

  /** The frontend sent an untyped packet. */
  void startupPacket(StartupPacket packet) {
    throw new ProtocolViolation("unexpected startup packet");
  }

  /** The frontend sent a frame while logging in. The callee owns it. */
  void frontendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    frame.release();
    throw new ProtocolViolation("unexpected message of type " + FrameCursor.describe(type));
  }

  /** The backend sent a frame while logging in. The callee owns it. */
  void backendFrame(ByteBuf frame) {
    frame.release();
  }

  /** The frontend's connection ended. */
  void frontendClosed() {
    session.end();
  }

  /** The backend's connection ended. */
  void backendClosed() {
    session.end(session.backendLost());
  }

  /** The client took too long to log in. */
  void loginTimedOut() {
    session.end(
        ClientError.LOGIN_TIMEOUT,
        Report.fatal(SqlState.QUERY_CANCELED, "canceling authentication due to timeout"));
  }

  /** A CancelRequest came with this session's key. {@code done} runs once it is carried out. */
  void cancel(Runnable done) {
    done.run();
  }

  /** The client, for people; null as long as it hasn't proved who it is. */
  @Nullable ConnectedClient describeClient() {
    return null;
  }

  /** The gateway shuts down: the session may finish its transaction. */
  void drain() {
    session.end(Session.SHUTTING_DOWN);
  }
}
