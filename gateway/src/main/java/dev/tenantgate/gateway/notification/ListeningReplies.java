package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Reads the server's answers to a {@link ListeningConnection}. Event-loop confined. */
final class ListeningReplies extends ChannelInboundHandlerAdapter {

  /** A payload has fewer than 8,000 bytes in the server's encoding; here it may have some more. */
  private static final int MOST_BYTES = 64 * 1024;

  private final ListeningConnection connection;
  private final Walker walker;

  ListeningReplies(ListeningConnection connection, ByteBufAllocator allocator) {
    this.connection = connection;
    this.walker = new Walker(allocator);
  }

  private final class Walker extends FrameWalker {

    Walker(ByteBufAllocator allocator) {
      super(allocator);
    }

    @Override
    protected int wantedBytes(byte type, int bodyBytes) {
      boolean read =
          type == BackendMessage.NOTIFICATION_RESPONSE || type == BackendMessage.ERROR_RESPONSE;
      if (read && bodyBytes > MOST_BYTES) {
        throw new ProtocolViolation("a message of %d bytes to who listens".formatted(bodyBytes));
      }
      return read ? bodyBytes : 0;
    }

    @Override
    protected int frame(byte type, ByteBuf in, int at, int bodyBytes) {
      switch (type) {
        case BackendMessage.NOTIFICATION_RESPONSE ->
            connection.notified(
                Notification.read(in.slice(at + 5, bodyBytes), StandardCharsets.UTF_8));
        case BackendMessage.ERROR_RESPONSE ->
            connection.failed(Report.decode(in.slice(at + 5, bodyBytes)));
        case BackendMessage.READY_FOR_QUERY -> connection.ready();
        default -> {}
      }
      return DROP;
    }

    @Override
    protected void emit(ByteBuf run) {
      run.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf buffer)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      walker.read(buffer);
    } catch (ProtocolViolation e) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    walker.close();
    connection.ended();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // told by channelInactive
  }
}
