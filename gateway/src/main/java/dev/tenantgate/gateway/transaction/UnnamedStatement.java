package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client's unnamed statement: kept, because it may be bound in a later transaction, on another
 * backend. Event-loop confined.
 */
final class UnnamedStatement {

  /** The statement that a DEALLOCATE of a client's own statement is told to drop. */
  static final String GONE = "tenantgate_gone";

  private static final int MOST_BYTES_KEPT = 4096;

  private final TransactionRelay relay;
  private byte[] body = new byte[0];
  private int length;
  private boolean seen;
  private long serial;
  private ScannedQuery scanned = ScannedQuery.NOTHING;
  private @Nullable String deallocated;

  UnnamedStatement(TransactionRelay relay) {
    this.relay = relay;
  }

  /** A Parse of it goes out: its text with the NUL, and the types. */
  void set(ByteBuf in, int at, int bytes, ScannedQuery query) {
    if (body.length < bytes || (body.length > MOST_BYTES_KEPT && bytes <= MOST_BYTES_KEPT)) {
      body = new byte[Math.max(bytes, 128)];
    }
    in.getBytes(at, body, 0, bytes);
    length = bytes;
    seen = true;
    serial++;
    scanned = query;
    deallocated = null;
  }

  /** It drops a statement of the client's, which the backend knows under no such name. */
  void deallocates(String name) {
    byte[] text = ("DEALLOCATE " + GONE + "\0\0\0").getBytes(StandardCharsets.US_ASCII);
    body = text;
    length = text.length;
    seen = true;
    serial++;
    scanned = ScannedQuery.NOTHING;
    deallocated = name;
  }

  /** A Parse of it went out that was too long to be kept. */
  void unseen() {
    forget();
    serial++;
  }

  /** The client has none any more. */
  void forget() {
    seen = false;
    length = 0;
    scanned = ScannedQuery.NOTHING;
    deallocated = null;
    serial++;
  }

  ScannedQuery scanned() {
    return scanned;
  }

  /** The client's statement that its execution drops; null if it drops none. */
  @Nullable String deallocated() {
    return deallocated;
  }

  boolean canBeSentAgain() {
    return seen;
  }

  void isOn(PooledBackend backend) {
    backend.unnamedIs(relay, serial);
  }

  boolean isHeldBy(PooledBackend backend) {
    return backend.holdsUnnamed(relay, serial);
  }

  /** Prepares it on a backend. */
  void writeParse(PooledBackend backend) {
    ByteBuf out = backend.channel().alloc().buffer(6 + length);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + 1 + length).writeByte(0);
    backend.write(out.writeBytes(body, 0, length));
    isOn(backend);
  }

  /** Prepares what {@link #deallocates} drops. The caller owns the buffer. */
  static ByteBuf parseGone(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(32);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + GONE.length() + 1 + 1 + 2);
    out.writeCharSequence(GONE, StandardCharsets.US_ASCII);
    return out.writeByte(0).writeByte(0).writeShort(0);
  }
}
