package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to an exchange that may have taken the session where nobody could foresee: kept until
 * it is known where the session is, so that no row of a tenant that lags gets out. Owns what it
 * keeps. Event-loop confined.
 */
public final class WithheldAnswer {

  /** More isn't kept; such an exchange ends its session. */
  public static final int MOST_BYTES = 256 * 1024;

  private static final int HEADER_BYTES = 5;
  private static final byte COPY_DATA = 'd';
  private static final byte PARAMETER_DESCRIPTION = 't';

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
  public void begin(long unforeseen, boolean boundary) {
    if (!active) {
      active = true;
      atBoundary = boundary;
      rows = 0;
    }
    exchange = unforeseen;
  }

  public boolean isActive() {
    return active;
  }

  /** Whether a message of our own may stand where the client's stream has been stopped. */
  public boolean isAtBoundary() {
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

  public void keep(ByteBuf part) {
    kept.add(part);
    bytes += part.readableBytes();
  }

  public boolean isFull() {
    return bytes > MOST_BYTES;
  }

  /** Whether all that is kept stands before the exchange in question. */
  boolean isBefore(long answering) {
    return answering < exchange;
  }

  /** Gives away what is kept, and keeps no more. */
  public List<ByteBuf> end() {
    active = false;
    return take();
  }

  /**
   * Gives away what is kept, and goes on.
   *
   * @param boundary whether that ends with a whole message
   */
  public List<ByteBuf> takeSoFar(boolean boundary) {
    atBoundary = boundary;
    return take();
  }

  private List<ByteBuf> take() {
    List<ByteBuf> taken = List.copyOf(kept);
    kept.clear();
    bytes = 0;
    return taken;
  }

  public void release() {
    end().forEach(ByteBuf::release);
  }

  /** Forgets what is kept, which the client never gets, and goes on. */
  public void drop() {
    take().forEach(ByteBuf::release);
  }

  /**
   * Whether there is more among what is kept than a single value, by looking at it; it has to begin
   * at a message.
   */
  public boolean holdsRows() {
    ByteBuf all = copy();
    int found = 0;
    for (int at = 0; at + HEADER_BYTES <= all.writerIndex(); at = next(all, at)) {
      byte type = all.getByte(at);
      found += type == BackendMessage.DATA_ROW || type == COPY_DATA ? 1 : 0;
    }
    return found > 1;
  }

  /**
   * What answers the messages that prepare a statement, up to the first that has run. The caller
   * owns the buffer.
   */
  public ByteBuf copyOfPreparation() {
    ByteBuf all = copy();
    int end = 0;
    while (end + HEADER_BYTES <= all.writerIndex() && isPreparation(all.getByte(end))) {
      end = next(all, end);
    }
    return all.writerIndex(Math.min(end, all.writerIndex()));
  }

  private static boolean isPreparation(byte type) {
    return switch (type) {
      case BackendMessage.PARSE_COMPLETE,
          BackendMessage.BIND_COMPLETE,
          BackendMessage.CLOSE_COMPLETE,
          BackendMessage.NO_DATA,
          BackendMessage.ROW_DESCRIPTION,
          PARAMETER_DESCRIPTION ->
          true;
      default -> false;
    };
  }

  private static int next(ByteBuf all, int at) {
    return (int) Math.min(all.writerIndex(), at + 1L + all.getInt(at + 1));
  }

  private ByteBuf copy() {
    ByteBuf all = Unpooled.buffer(Math.max(1, bytes));
    for (ByteBuf part : kept) {
      all.writeBytes(part, part.readerIndex(), part.readableBytes());
    }
    return all;
  }
}
