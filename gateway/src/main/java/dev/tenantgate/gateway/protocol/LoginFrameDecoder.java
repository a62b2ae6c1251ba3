package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts the stream into whole frames while a client or the gateway itself logs in, on either side.
 * Frames are slices with header and body; the receiver releases them. A frame longer than any that
 * belongs to a login is a {@link ProtocolViolation}, before it is buffered. Taken out of the
 * pipeline, it passes on what it has not cut.
 */
public final class LoginFrameDecoder extends ByteToMessageDecoder {

  /** PostgreSQL takes 65,535 bytes of an authentication message (PG_MAX_AUTH_TOKEN_LENGTH). */
  static final int MAX_FRAME_BYTES = 65_536 + 5;

  private static final int HEADER_BYTES = 5;

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < HEADER_BYTES) {
      return;
    }
    int length = in.getInt(in.readerIndex() + 1);
    if (length < 4 || length > MAX_FRAME_BYTES - 1) {
      throw new ProtocolViolation(
          "message of type %s has an invalid length of %s bytes while logging in"
              .formatted(
                  FrameCursor.describe(in.getByte(in.readerIndex())),
                  Integer.toUnsignedString(length)));
    }
    if (in.readableBytes() > length) {
      out.add(in.readRetainedSlice(length + 1));
    }
  }
}
