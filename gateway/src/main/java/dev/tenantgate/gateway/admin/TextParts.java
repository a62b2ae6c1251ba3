package dev.tenantgate.gateway.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A long body, made part by part as the client takes it, so that one that isn't read costs a part.
 * However fast the client is, others get a turn between some of them. Event-loop confined.
 */
final class TextParts implements ChunkedInput<ByteBuf> {

  /** Parts are gathered until they are worth a write. */
  private static final int CHUNK_BYTES = 16 * 1024;

  /** Behind so many writes others have their turn. */
  private static final int CHUNKS_AT_ONCE = 4;

  private final Iterator<String> parts;
  private final Runnable resumeSoon;
  private int chunks;
  private long progress;

  /**
   * A body of these parts.
   *
   * @param resumeSoon has the transfer be resumed when others have had their turn
   */
  TextParts(Iterator<String> parts, Runnable resumeSoon) {
    this.parts = parts;
    this.resumeSoon = resumeSoon;
  }

  @Override
  public boolean isEndOfInput() {
    return !parts.hasNext();
  }

  @Override
  public void close() {}

  @Override
  @Deprecated
  @SuppressWarnings("InlineMeSuggester")
  public @Nullable ByteBuf readChunk(ChannelHandlerContext ctx) {
    return readChunk(ctx.alloc());
  }

  @Override
  public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) {
    if (!parts.hasNext()) {
      return null;
    }
    if (chunks == CHUNKS_AT_ONCE) {
      chunks = 0;
      resumeSoon.run();
      return null;
    }
    chunks++;
    ByteBuf chunk = allocator.buffer(CHUNK_BYTES);
    while (parts.hasNext() && chunk.readableBytes() < CHUNK_BYTES) {
      ByteBufUtil.writeUtf8(chunk, parts.next());
    }
    progress += chunk.readableBytes();
    return chunk;
  }

  @Override
  public long length() {
    return -1;
  }

  @Override
  public long progress() {
    return progress;
  }
}
