package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.memory.ClientMemory;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Keeps what a client sends ahead of its first ReadyForQuery until the gate has let it through, and
 * goes on watching whether it is still there. Keeps little: who sends more isn't read from until
 * then. Taken out of the pipeline, it passes on what it has kept.
 */
final class HeldInput extends ByteToMessageDecoder {

  /** Nothing that a driver sends comes between a StartupMessage and the server's request. */
  private static final int MAX_BYTES_BEFORE_LOGIN = 1024;

  private static final int MAX_BYTES = 64 * 1024;

  private int maxBytes;
  private LoginFrameDecoder.PartialInput partialInput;

  private HeldInput(int maxBytes, LoginFrameDecoder.PartialInput partialInput) {
    this.maxBytes = maxBytes;
    this.partialInput = partialInput;
  }

  /** For a client that nobody knows. */
  static HeldInput beforeLogin(LoginFrameDecoder.PartialInput partialInput) {
    return new HeldInput(MAX_BYTES_BEFORE_LOGIN, partialInput);
  }

  /** For a client that has logged in. */
  static HeldInput afterLogin() {
    return new HeldInput(MAX_BYTES, LoginFrameDecoder.PartialInput.UNCOUNTED);
  }

  /** The client has logged in: it may send more ahead. */
  void loggedIn(Channel channel) {
    maxBytes = MAX_BYTES;
    partialInput = LoginFrameDecoder.PartialInput.UNCOUNTED;
    channel.config().setAutoRead(true);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.isReadable() && in.getByte(in.readerIndex()) == FrontendMessage.TERMINATE) {
      // Nothing stands before it that would have to be answered first.
      ctx.close();
    } else if (in.readableBytes() > maxBytes) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    partialInput.partial(actualReadableBytes() > 0);
    ClientMemory memory = ClientMemory.of(ctx.channel());
    memory.holds(actualReadableBytes());
    if (!memory.mayRead(() -> ctx.channel().config().setAutoRead(true))) {
      ctx.channel().config().setAutoRead(false);
    }
    super.channelReadComplete(ctx);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(true);
  }
}
