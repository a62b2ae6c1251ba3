package dev.tenantgate.gateway.relay;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to an exchange that may have taken the session where nobody could foresee: kept until
 * it is known where the session is, so that no row of a tenant that lags gets out. Owns what it
 * keeps. Event-loop confined.
 */
final class WithheldAnswer {

  /** More isn't kept; such an exchange ends its session. */
  static final int MOST_BYTES = 256 * 1024;

  private final List<ByteBuf> kept = new ArrayList<>();
  private boolean active;
  private boolean atBoundary = true;
  private long exchange;
  private long rows;
  private int bytes;

  /**
   * Begins to keep what comes.
   *
   * @param unforeseen the number of the exchange
   * @param boundary whether what the client was sent so far ends with a whole message
   */
  void begin(long unforeseen, boolean boundary) {
    if (!active) {
      active = true;
      atBoundary = boundary;
      rows = 0;
    }
    exchange = unforeseen;
  }

  boolean isActive() {
    return active;
  }

  /** Whether a message of our own may stand where the client's stream has been stopped. */
  boolean isAtBoundary() {
    return !active || atBoundary;
  }

  /** A DataRow has come, of this exchange. */
  void row(long answering) {
    if (answering >= exchange) {
      rows++;
    }
  }

  /** Whether there is more in it than a single value, which a function that switches returns. */
  boolean hasRows() {
    return rows > 1;
  }

  void keep(ByteBuf part) {
    kept.add(part);
    bytes += part.readableBytes();
  }

  boolean isFull() {
    return bytes > MOST_BYTES;
  }

  /** Whether all that is kept stands before the exchange in question. */
  boolean isBefore(long answering) {
    return answering < exchange;
  }

  /** Gives away what is kept, and keeps no more. */
  List<ByteBuf> end() {
    active = false;
    return take();
  }

  /**
   * Gives away what is kept, and goes on.
   *
   * @param boundary whether that ends with a whole message
   */
  List<ByteBuf> takeSoFar(boolean boundary) {
    atBoundary = boundary;
    return take();
  }

  private List<ByteBuf> take() {
    List<ByteBuf> taken = List.copyOf(kept);
    kept.clear();
    bytes = 0;
    return taken;
  }

  void release() {
    end().forEach(ByteBuf::release);
  }
}
