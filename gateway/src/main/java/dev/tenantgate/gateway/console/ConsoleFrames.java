package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** Cuts the stream into whole frames, header and body; the receiver releases them. */
final class ConsoleFrames extends ByteToMessageDecoder {

  /** The length of a message; no command is longer. */
  static final int MOST_BYTES = 64 * 1024;

  private static final int HEADER_BYTES = 5;

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < HEADER_BYTES) {
      return;
    }
    int length = in.getInt(in.readerIndex() + 1);
    if (length < 4 || length > MOST_BYTES) {
      throw new ProtocolViolation(
          "message of type %s has a length of %s bytes; the console takes %d"
              .formatted(
                  FrameCursor.describe(in.getByte(in.readerIndex())),
                  Integer.toUnsignedString(length),
                  MOST_BYTES));
    }
    if (in.readableBytes() > length) {
      out.add(in.readRetainedSlice(length + 1));
    }
  }
}
