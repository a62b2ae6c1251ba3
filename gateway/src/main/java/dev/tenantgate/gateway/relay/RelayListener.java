package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.PinReason;
import java.time.Duration;

/** The owner of a {@link Relay}, which is told what becomes of the session. Event-loop confined. */
public interface RelayListener {

  /** The client has asked for the end. */
  void terminated();

  /** The frontend's connection ended. */
  void frontendClosed();

  /** The session can't go on. */
  void failed(Report report);

  /** A transaction gets no backend; the session goes on. */
  void transactionRefused(Report report);

  /** A query of the client's has taken too long, and is cancelled; the session goes on. */
  void timedOut(Report report);

  /** The frontend sent what the protocol doesn't allow. */
  void frontendViolation(ProtocolViolation violation, boolean reportPossible);

  /**
   * The backend that was lent is gone.
   *
   * @param reportPossible whether a message of our own may stand behind what the client was sent
   * @param explained whether the server's last message was an error
   */
  void backendClosed(boolean reportPossible, boolean explained);

  /** A fault of our own. */
  void broken(Throwable cause);

  /** The session is idle, as {@link ClientActivity#awaitIdle} asked for. */
  void becameIdle();

  /** A transaction has ended. */
  void betweenTransactions();

  /** The session keeps its backend beyond its transactions. */
  void pinned(PinReason reason);

  /** It doesn't any more. */
  void unpinned(PinReason reason, Duration pinned);
}
