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
 * Event-loop confined.
 */
final class TextParts implements ChunkedInput<ByteBuf> {

  /** Parts are gathered until they are worth a write. */
  private static final int CHUNK_BYTES = 16 * 1024;

  private final Iterator<String> parts;
  private long progress;

  TextParts(Iterator<String> parts) {
    this.parts = parts;
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
