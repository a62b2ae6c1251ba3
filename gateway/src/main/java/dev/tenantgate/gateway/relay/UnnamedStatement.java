package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.backend.Reply.Unnamed.By;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.statements.Description;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's unnamed statement: kept, because it may be bound in a later transaction, on another
 * backend. It is the one that the client has if all that it sent is done; behind what the server
 * may skip, the ones before it are kept as well. Event-loop confined.
 */
final class UnnamedStatement {

  /** The statement that a DEALLOCATE of a client's own statement is told to drop. */
  static final String GONE = "tenantgate_gone";

  private static final byte[] NO_NAME = {};

  private final Relay relay;
  private final Requests requests;
  private final AnalysisContext context;
  private UnnamedText now = new UnnamedText(this);

  /** One that stands for nothing, to be used for the next. */
  private @Nullable UnnamedText spare;

  private long lastSerial;

  /** A message waits for what the server says of it on another backend. */
  private boolean awaited;

  /** A message waits for whether the server has it. */
  private boolean undecided;

  private boolean paused;

  /** On another backend it isn't what the client was told. */
  private boolean outdated;

  UnnamedStatement(Relay relay, Requests requests, AnalysisContext context) {
    this.relay = relay;
    this.requests = requests;
    this.context = context;
  }

  // ---- what it is

  /**
   * A Parse of it goes out: its text with the NUL, and the types.
   *
   * @param certain whether the server can't skip that
   */
  void set(
      PooledBackend backend, ByteBuf in, int at, int bytes, ScannedQuery query, boolean certain) {
    become(certain).set(relay.memory(), in, at, bytes, query, context.settings(), context.user());
    backend.owed().add(sent(By.PARSE, backend));
    isOn(backend);
  }

  /** It drops a statement of the client's, which the backend knows under no such name. */
  void deallocates(PooledBackend backend, String name, boolean certain) {
    byte[] text = ("DEALLOCATE " + GONE + "\0\0\0").getBytes(StandardCharsets.US_ASCII);
    become(certain).deallocates(relay.memory(), text, name);
    writeParse(backend);
    backend.owed().add(sent(By.PARSE, backend));
  }

  /** A Parse of it goes out that is too long to be kept. */
  void unseen(PooledBackend backend, boolean certain) {
    become(certain).isUnseen(relay.memory());
    backend.owed().add(sent(By.PARSE, backend));
    isOn(backend);
  }

  /** A Close of it goes out. */
  void close(PooledBackend backend, boolean certain) {
    become(certain).clear(relay.memory());
    backend.owed().add(sent(By.CLOSE, backend));
    backend.unnamedIs(null, 0);
  }

  /**
   * A Query goes out, which drops it.
   *
   * @return what is owed for that, in front of what the Query itself is owed; null for nothing
   */
  @Nullable Reply query(PooledBackend backend, boolean certain) {
    backend.unnamedIs(null, 0);
    become(certain).clear(relay.memory());
    return certain ? null : sent(By.QUERY, backend);
  }

  /** The next text; where the server may skip it, the one before is kept. */
  private UnnamedText become(boolean certain) {
    awaited = false;
    outdated = false;
    if (certain && !now.isOwed()) {
      return now;
    }
    UnnamedText next = spare == null ? new UnnamedText(this) : spare;
    spare = null;
    next.before = certain ? null : now;
    now = next;
    return next;
  }

  private Reply sent(By by, PooledBackend backend) {
    now.isSent(by, backend, requests.batch());
    return now;
  }

  /** The effects of its text, once all of that has passed. */
  void unseenDoes(ScannedQuery query) {
    now.does(query);
  }

  long nextSerial() {
    return ++lastSerial;
  }

  /** All changes so far were made before the next text is analysed. */
  void heedChanges() {
    relay.server().heedChanges();
  }

  long generation() {
    return relay.passage().generation();
  }

  LeaseHolder owner() {
    return relay.holder();
  }

  // ---- the answers

  /** There is no way back to it. */
  void isGone(UnnamedText gone) {
    gone.clear(relay.memory());
    spare = gone;
  }

  /** The server has refused it, and has none. */
  void failed(UnnamedText refused) {
    refused.clear(relay.memory());
  }

  /** The server has skipped the message, and has what was there before. */
  void skipped(UnnamedText gone) {
    UnnamedText before = gone.before;
    if (before == null) {
      failed(gone);
      return;
    }
    gone.before = null;
    if (now.equals(gone)) {
      now = before;
    } else {
      for (UnnamedText later = now; later != null; later = later.before) {
        if (gone.equals(later.before)) {
          later.before = before;
        }
      }
    }
    isGone(gone);
  }

  // ---- what is known of it

  /** Whether it is on this backend alone, and the client hasn't bound it yet. */
  boolean isToBeBoundOnlyOn(PooledBackend backend) {
    return now.isUnboundAndUnkept() && isHeldBy(backend);
  }

  ScannedQuery scanned() {
    return now.scanned();
  }

  /** The client's statement that its execution drops; null if it drops none. */
  @Nullable String deallocated() {
    return now.deallocated();
  }

  private void isOn(PooledBackend backend) {
    backend.unnamedIs(relay.holder(), now.serial());
  }

  private boolean isHeldBy(PooledBackend backend) {
    return backend.holdsUnnamed(relay.holder(), now.serial());
  }

  /** Prepares it on a backend. */
  private void writeParse(PooledBackend backend) {
    ByteBuf out = backend.channel().alloc().buffer(now.bytes());
    now.writeParse(out);
    backend.write(out);
    isOn(backend);
  }

  // ---- what the client relies on

  /** The client has made a portal of it. */
  void isBound() {
    now.isBound();
  }

  /** Whether it may be bound in another batch, without a word of what the client relies on then. */
  boolean mayBeUsedLater(PooledBackend backend) {
    return now.isToBeDescribed(requests.batch()) && isHeldBy(backend);
  }

  /** The reply that a Describe of it is owed. */
  Reply described(boolean hidden) {
    return now.described(hidden, requests.batch());
  }

  /** Asks for what the client relies on. */
  void describe(PooledBackend backend, boolean hidden) {
    backend.write(Statements.naming(backend, FrontendMessage.DESCRIBE, NO_NAME));
    backend.owed().add(described(hidden));
  }

  /** Whether it is on its backend as the client was told. */
  private boolean isAsTold() {
    return !awaited && !outdated;
  }

  /** Whether a backend makes something else of it, or may do so where nobody can tell. */
  private boolean isOutdatedOn(PooledBackend backend) {
    return outdated
        || (!isHeldBy(backend)
            && now.isOlderThan(relay.server().changedAt(), relay.passage().generation()));
  }

  /** Whether a message waits for the outcome of an earlier batch. */
  boolean isAwaited() {
    return paused && undecided;
  }

  // ---- the client uses it

  /**
   * Sees to it that the backend's unnamed statement is this client's.
   *
   * @param type of the message that uses it
   * @return a verdict of {@link Requests#frame}
   */
  int use(PooledBackend backend, byte type) {
    if (backend.isSkipping()) {
      return Requests.FORWARD;
    }
    undecided = now.isUndecided(requests.batch());
    paused |= undecided;
    if (undecided) {
      return Requests.PAUSE;
    }
    if (isHeldBy(backend) && isAsTold()) {
      return Requests.FORWARD;
    }
    if (isOutdatedOn(backend)) {
      outdated = false; // the client has been told; its next message tries again
      return requests.refuse(backend, type, Preparations.OUTDATED);
    }
    if (isHeldBy(backend)) {
      return Requests.PAUSE;
    }
    if (!now.isKept()) {
      return requests.refuse(backend, type, missing());
    }
    requests.emitBefore();
    prepareAgain(backend);
    return isAsTold() ? Requests.FORWARD : Requests.PAUSE;
  }

  private Report missing() {
    return now.lacksMemory()
        ? relay.memory().refusal("the unnamed prepared statement")
        : Report.error(
            SqlState.INVALID_SQL_STATEMENT_NAME, "unnamed prepared statement does not exist");
  }

  /** Prepares it on another backend, and asks whether it is the same there. */
  private void prepareAgain(PooledBackend backend) {
    List<String> back = context.enter(backend, now.text(), now.settings(), now.user());
    writeParse(backend);
    backend.owed().add(Plain.PARSE_AGAIN);
    relay.traffic().parsedAtServer();
    BatchResets.write(backend, back);
    Description before = now.told();
    if (before == null) {
      return;
    }
    awaited = true;
    paused = true;
    long asked = now.serial();
    backend.write(Statements.naming(backend, FrontendMessage.DESCRIBE, NO_NAME));
    backend
        .owed()
        .add(
            new Reply.Described(
                true, null, found -> isAgain(backend, asked, before.equals(found))));
    backend.write(FrontendMessage.flush(backend.channel().alloc()));
  }

  private void isAgain(PooledBackend backend, long asked, boolean same) {
    if (asked == now.serial()) {
      awaited = false;
      outdated = !same;
      if (!same) {
        backend.unnamedIs(null, 0);
      }
    }
  }

  /** Whether what waits for an answer about it need not wait any longer. */
  boolean mayGoOn(PooledBackend backend) {
    if (!paused
        || (undecided && now.isUndecided(requests.batch()))
        || (awaited && isHeldBy(backend) && !backend.isSkipping())) {
      return false;
    }
    paused = false;
    undecided = false;
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
