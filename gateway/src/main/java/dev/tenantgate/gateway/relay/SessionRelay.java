package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;

/**
 * The relay of one session: a frontend and its backend, on one event loop, until either ends.
 * Event-loop confined.
 *
 * <p>Install {@link #frontendHandler()} in the frontend's pipeline and {@link #backendHandler()} in
 * the backend's, each as the last handler.
 */
public final class SessionRelay {

  private final ReplyLedger ledger = new ReplyLedger();
  private final FrameCursor fromFrontend = ledger.frontendCursor();
  private final FrameCursor fromBackend = ledger.backendCursor();
  private final Channel frontend;
  private final Channel backend;
  private final RelayMeter meter;
  private final Listener listener;
  private boolean idleWanted;

  /** Who owns the relay. */
  public interface Listener {

    /**
     * The frontend's connection ended; what it sent has been written to the backend, not yet
     * flushed.
     */
    void frontendClosed();

    /**
     * The backend's connection ended.
     *
     * @param reportPossible whether a message of our own may stand behind what the frontend was
     *     sent
     * @param explained whether the backend's last message was an error, or the frontend had asked
     *     for the end
     */
    void backendClosed(boolean reportPossible, boolean explained);

    /** The frontend sent what can't be a frame. */
    void frontendViolation(ProtocolViolation violation, boolean reportPossible);

    /** The backend sent what can't be a frame. */
    void backendViolation(ProtocolViolation violation);

    /** The session is idle, as {@link #awaitIdle} asked for. */
    void becameIdle();
  }

  public SessionRelay(Channel frontend, Channel backend, RelayMeter meter, Listener listener) {
    this.frontend = frontend;
    this.backend = backend;
    this.meter = meter;
    this.listener = listener;
  }

  /** Whether the session is between transactions and waits for nothing. */
  public boolean isIdle() {
    return ledger.isIdle();
  }

  /** Calls {@link Listener#becameIdle} once the session is idle, at once if it is. */
  public void awaitIdle() {
    idleWanted = true;
    tellIfIdle();
  }

  private void tellIfIdle() {
    if (idleWanted && ledger.isIdle() && fromBackend.atBoundary()) {
      idleWanted = false;
      listener.becameIdle();
    }
  }

  public ChannelHandler frontendHandler() {
    return new RelayHandler(fromFrontend, backend) {
      @Override
      void batchEnds(long bytes) {
        meter.toBackend(bytes);
      }

      @Override
      void violated(ProtocolViolation violation) {
        listener.frontendViolation(violation, fromBackend.atBoundary());
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        listener.frontendClosed();
      }
    };
  }

  public ChannelHandler backendHandler() {
    return new RelayHandler(fromBackend, frontend) {
      @Override
      void batchEnds(long bytes) {
        meter.toFrontend(bytes, ledger.takeTransactions());
        tellIfIdle();
      }

      @Override
      void violated(ProtocolViolation violation) {
        listener.backendViolation(violation);
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        listener.backendClosed(fromBackend.atBoundary(), ledger.endIsExplained());
      }
    };
  }
}
