package dev.tenantgate.gateway.auth;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Queue;

/** Brings answers to the lookups that wait for them, in their order. Event-loop confined. */
final class AuthLookupHandler extends ChannelInboundHandlerAdapter {

  private final Queue<AuthLookup> sent;

  AuthLookupHandler(Queue<AuthLookup> sent) {
    this.sent = sent;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf frame = (ByteBuf) message;
    try {
      AuthLookup lookup = sent.peek();
      if (lookup == null) {
        return; // what the server says by itself; its end is told by the channel's
      }
      switch (frame.getByte(frame.readerIndex())) {
        case BackendMessage.DATA_ROW -> lookup.dataRow(frame.slice().skipBytes(5));
        case BackendMessage.ERROR_RESPONSE ->
            lookup.failed(Report.decode(frame.slice().skipBytes(5)).message());
        case BackendMessage.READY_FOR_QUERY -> sent.remove().complete();
        default -> {}
      }
    } finally {
      frame.release();
    }
  }

  /** The connection can't be trusted any more; who waits is told by its end. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
