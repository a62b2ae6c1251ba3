package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Keeps what a client sends ahead of its first ReadyForQuery until the gate has let it through, and
 * goes on watching whether it is still there. Keeps little: who sends more isn't read from until
 * then. Taken out of the pipeline, it passes on what it has kept.
 */
final class HeldInput extends ByteToMessageDecoder {

  private static final int MAX_BYTES = 64 * 1024;

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.isReadable() && in.getByte(in.readerIndex()) == FrontendMessage.TERMINATE) {
      // Nothing stands before it that would have to be answered first.
      ctx.close();
    } else if (in.readableBytes() > MAX_BYTES) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(true);
  }
}
