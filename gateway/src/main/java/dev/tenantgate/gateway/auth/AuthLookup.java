package dev.tenantgate.gateway.auth;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run of the auth query, and what has been read of its answer. Event-loop confined, but for the
 * result.
 */
final class AuthLookup {

  /** More rows than one are none the wiser, but mustn't be fetched either. */
  private static final int MOST_ROWS = 1;

  private final String sql;
  private final String user;
  private final long untilNanos;
  private final CompletableFuture<List<@Nullable String>> result = new CompletableFuture<>();
  private List<@Nullable String> row = List.of();
  private @Nullable String error;

  /**
   * Prepares it.
   *
   * @param patience how long it waits for a server that can't be reached
   */
  AuthLookup(String sql, String user, Duration patience) {
    this.sql = sql;
    this.user = user;
    this.untilNanos = System.nanoTime() + patience.toNanos();
  }

  /** Whether it waits for the server; it begins anew then. */
  boolean waitsOn() {
    row = List.of();
    error = null;
    return System.nanoTime() - untilNanos < 0;
  }

  CompletableFuture<List<@Nullable String>> result() {
    return result;
  }

  /** Parse, Bind, Execute, Sync. The caller owns the buffer. */
  ByteBuf encode(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(sql.length() + user.length() + 64);
    int start = begin(out, 'P');
    out.writeByte(0); // unnamed
    string(out, sql);
    end(out.writeShort(0), start);
    start = begin(out, 'B');
    out.writeByte(0).writeByte(0).writeShort(0).writeShort(1);
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    out.setInt(lengthAt, ByteBufUtil.writeUtf8(out, user));
    end(out.writeShort(0), start);
    start = begin(out, 'E');
    end(out.writeByte(0).writeInt(MOST_ROWS), start);
    end(out, begin(out, (char) FrontendMessage.SYNC));
    return out;
  }

  private static int begin(ByteBuf out, char type) {
    out.writeByte(type).writeInt(0);
    return out.writerIndex() - 4;
  }

  private static void string(ByteBuf out, String text) {
    ByteBufUtil.writeUtf8(out, text);
    out.writeByte(0);
  }

  private static void end(ByteBuf out, int lengthAt) {
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
  }

  /** A DataRow's body. */
  void dataRow(ByteBuf body) {
    if (body.readableBytes() < 2) {
      throw new ProtocolViolation("a row of the auth query is cut short");
    }
    int columns = body.readUnsignedShort();
    List<@Nullable String> values = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      int bytes = body.readableBytes() < 4 ? Integer.MAX_VALUE : body.readInt();
      if (bytes > body.readableBytes()) {
        throw new ProtocolViolation("a row of the auth query is cut short");
      }
      values.add(bytes < 0 ? null : body.readString(bytes, StandardCharsets.UTF_8));
    }
    row = values;
  }

  void failed(String reason) {
    error = reason;
  }

  /** The server is ready for the next. */
  void complete() {
    if (error == null) {
      result.complete(row);
    } else {
      result.completeExceptionally(new SecretLookupFailed("auth.query failed: " + error));
    }
  }
}
