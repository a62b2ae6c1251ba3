package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.Reply;
import dev.tenantgate.gateway.pool.Reply.Plain;
import dev.tenantgate.gateway.prepared.AnalysisClock;
import dev.tenantgate.gateway.prepared.Description;
import dev.tenantgate.gateway.prepared.StatementText;
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
  private static final byte[] NO_NAME = {};

  private final TransactionRelay relay;
  private byte[] body = new byte[0];
  private int length;

  private boolean lacksMemory;

  /** Bytes of it that the client's memory has been asked for. */
  private int charged;

  private boolean seen;

  /** It is on one backend alone, because it was too long to be kept. */
  private boolean unkept;

  private long serial;
  private ScannedQuery scanned = ScannedQuery.NOTHING;
  private @Nullable String deallocated;

  /** What the client relies on; null as long as nobody has asked the server. */
  private @Nullable Description told;

  private boolean describing;
  private boolean bound;
  private long parsedAt;
  private long generation;

  /** A message waits for what the server says of it on another backend. */
  private boolean awaited;

  private boolean paused;

  /** On another backend it isn't what the client was told. */
  private boolean outdated;

  UnnamedStatement(TransactionRelay relay) {
    this.relay = relay;
  }

  /** A Parse of it goes out: its text with the NUL, and the types. */
  void set(ByteBuf in, int at, int bytes, ScannedQuery query) {
    if (body.length < bytes || (body.length > MOST_BYTES_KEPT && bytes <= MOST_BYTES_KEPT)) {
      if (!resize(Math.max(bytes, 128))) {
        forget();
        lacksMemory = true;
        scanned = query;
        return;
      }
    }
    in.getBytes(at, body, 0, bytes);
    begin(bytes);
    scanned = query;
    deallocated = null;
  }

  /** Whether there is memory for so many bytes; only more than a few are counted. */
  private boolean resize(int bytes) {
    relay.memory().give(charged, 0);
    charged = bytes > MOST_BYTES_KEPT ? bytes : 0;
    if (charged > 0 && !relay.memory().take(charged)) {
      charged = 0;
      body = NO_NAME;
      return false;
    }
    body = new byte[bytes];
    return true;
  }

  private void begin(int bytes) {
    length = bytes;
    seen = true;
    lacksMemory = false;
    unkept = false;
    serial++;
    told = null;
    describing = false;
    bound = false;
    awaited = false;
    outdated = false;
    parsedAt = AnalysisClock.tick();
    generation = relay.passage().generation();
  }

  /** It drops a statement of the client's, which the backend knows under no such name. */
  void deallocates(String name) {
    byte[] text = ("DEALLOCATE " + GONE + "\0\0\0").getBytes(StandardCharsets.US_ASCII);
    relay.memory().give(charged, 0);
    charged = 0;
    body = text;
    begin(text.length);
    scanned = ScannedQuery.NOTHING;
    deallocated = name;
  }

  /** Whether it isn't kept because there was no memory: another backend can't be told of it. */
  boolean lacksMemory() {
    return lacksMemory;
  }

  /** A Parse of it went out that was too long to be kept. */
  void unseen() {
    forget();
    unkept = true;
    bound = false;
  }

  /** What its text turned out to do, once all of it had passed. */
  void unseenDoes(ScannedQuery query) {
    scanned = query;
  }

  /** Whether it is on this backend alone, and the client hasn't bound it yet. */
  boolean isToBeBoundOnlyOn(PooledBackend backend) {
    return unkept && !bound && isHeldBy(backend);
  }

  /** The client has none any more. */
  void forget() {
    seen = false;
    unkept = false;
    lacksMemory = false;
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
    StatementText.writeParse(out, NO_NAME, body, length, told);
    backend.write(out);
    isOn(backend);
  }

  // ---- what the client relies on

  /** The client has made a portal of it. */
  void isBound() {
    bound = true;
  }

  /** Whether it may be bound in another batch, without a word of what the client relies on then. */
  boolean mayBeUsedLater(PooledBackend backend) {
    return seen && !bound && !describing && told == null && isHeldBy(backend);
  }

  /** What the answers to a Describe of it are owed for. */
  Reply described(boolean hidden) {
    describing = true;
    long asked = serial;
    return new Reply.Described(
        hidden,
        null,
        description -> {
          if (asked == serial && told == null) {
            told = description;
          }
        });
  }

  /** Asks for what the client relies on. */
  void describe(PooledBackend backend, boolean hidden) {
    backend.write(StatementRequests.naming(backend, FrontendMessage.DESCRIBE, NO_NAME));
    backend.owed().add(described(hidden));
  }

  /** Whether it is on its backend as the client was told. */
  boolean isAsTold() {
    return !awaited && !outdated;
  }

  /** Whether a backend makes something else of it, or may do so where nobody can tell. */
  boolean isOutdatedOn(PooledBackend backend) {
    return outdated
        || (seen
            && told == null
            && !isHeldBy(backend)
            && (relay.changedAt() > parsedAt || relay.passage().generation() != generation));
  }

  /** The client has been told; its next message tries again. */
  void outdatedIsTold() {
    outdated = false;
  }

  /** Prepares it on another backend, and asks whether it is the same there. */
  void prepareAgain(PooledBackend backend) {
    writeParse(backend);
    backend.owed().add(Plain.PARSE_AGAIN);
    Description before = told;
    if (before == null) {
      return;
    }
    awaited = true;
    paused = true;
    long asked = serial;
    backend.write(StatementRequests.naming(backend, FrontendMessage.DESCRIBE, NO_NAME));
    backend
        .owed()
        .add(new Reply.Described(true, null, now -> isAgain(backend, asked, before.equals(now))));
    backend.write(FrontendMessage.flush(backend.channel().alloc()));
  }

  private void isAgain(PooledBackend backend, long asked, boolean same) {
    if (asked == serial) {
      awaited = false;
      outdated = !same;
      if (!same) {
        backend.unnamedIs(null, 0);
      }
    }
  }

  /** Whether what waits for its description need not wait any longer. */
  boolean mayGoOn(PooledBackend backend) {
    if (!paused || (awaited && isHeldBy(backend) && !backend.isSkipping())) {
      return false;
    }
    paused = false;
    awaited = false;
    return true;
  }

  /** Prepares what {@link #deallocates} drops. The caller owns the buffer. */
  static ByteBuf parseGone(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(32);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + GONE.length() + 1 + 1 + 2);
    out.writeCharSequence(GONE, StandardCharsets.US_ASCII);
    return out.writeByte(0).writeByte(0).writeShort(0);
  }
}
