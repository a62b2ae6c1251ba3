package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.memory.OutboundMemory;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * Sends the rows of an answer as fast as the client takes them, a few at a time, so that nobody
 * else on the event loop waits. Event-loop confined.
 */
final class RowStream {

  /** So many rows are made in one turn of the event loop. */
  private static final int ROWS_PER_TURN = 500;

  private static final int BUFFER_BYTES = 16 * 1024;

  private final Channel channel;
  private final OutboundMemory outbound;
  private final Table table;
  private final short[] formats;
  private final End end;
  private long left;
  private boolean over;

  /** The end of a stream. */
  interface End {

    /** All that was wanted has been written; whether there is no more. */
    void streamed(boolean complete);

    /** A row can't be made. */
    void failed(RuntimeException cause);
  }

  /**
   * Prepares a stream.
   *
   * @param most how many rows are wanted; 0 is all
   */
  RowStream(Channel channel, Table table, short[] formats, long most, End end) {
    this.channel = channel;
    this.outbound = OutboundMemory.of(channel);
    this.table = table;
    this.formats = formats;
    this.left = most == 0 ? Long.MAX_VALUE : most;
    this.end = end;
  }

  /** Goes on, as far as the client can take more. */
  void goOn() {
    while (!over && channel.isActive() && channel.isWritable()) {
      ByteBuf out = channel.alloc().buffer(BUFFER_BYTES);
      int rows = 0;
      try {
        while (left > 0
            && rows < ROWS_PER_TURN
            && out.readableBytes() < BUFFER_BYTES
            && table.rows().hasNext()) {
          ResultWriter.row(out, table.columns(), table.rows().next(), formats);
          rows++;
          left--;
        }
      } catch (RuntimeException e) {
        out.release();
        over = true;
        end.failed(e);
        return;
      }
      channel.write(out, channel.voidPromise());
      boolean complete = !table.rows().hasNext();
      if (left == 0 || complete) {
        over = true;
        end.streamed(complete);
      } else {
        outbound.flush();
        if (rows == ROWS_PER_TURN) {
          channel.eventLoop().execute(this::goOn);
          return;
        }
      }
    }
  }

  /** Nobody wants the rest. */
  void abandon() {
    over = true;
  }
}
