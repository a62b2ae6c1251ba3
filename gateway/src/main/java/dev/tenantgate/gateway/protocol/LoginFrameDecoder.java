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

  /** PostgreSQL's bound of passwords, tokens and the like (PG_MAX_AUTH_TOKEN_LENGTH). */
  public static final int MAX_TOKEN_LENGTH = 65_535;

  /** PostgreSQL's bound of a SCRAM message (PG_MAX_SASL_MESSAGE_LENGTH). */
  public static final int MAX_SASL_LENGTH = 1_024;

  private static final int HEADER_BYTES = 5;

  private final PartialInput partialInput;
  private int maxLength;

  /** Told whether a part of a frame waits for its rest. Called on the event loop. */
  @FunctionalInterface
  public interface PartialInput {

    /** Nobody counts them. */
    PartialInput UNCOUNTED = waits -> {};

    /** At the end of each read. May throw, to end the connection. */
    void partial(boolean waits);
  }

  /** For a backend's frames. */
  public LoginFrameDecoder() {
    this(MAX_TOKEN_LENGTH, PartialInput.UNCOUNTED);
  }

  /**
   * For a client's.
   *
   * @param maxLength what a frame's length may say, which counts itself
   */
  public LoginFrameDecoder(int maxLength, PartialInput partialInput) {
    this.maxLength = maxLength;
    this.partialInput = partialInput;
  }

  /** The frames that come next may be as long as this. */
  public void expect(int length) {
    maxLength = length;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < HEADER_BYTES) {
      return;
    }
    int length = in.getInt(in.readerIndex() + 1);
    if (length < 4 || length > maxLength) {
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

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    partialInput.partial(actualReadableBytes() > 0);
    super.channelReadComplete(ctx);
  }
}
