package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Described;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import dev.tenantgate.gateway.statements.AnalysisClock;
import dev.tenantgate.gateway.statements.Description;
import dev.tenantgate.gateway.statements.StatementText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * One text that a client has prepared without a name, or none at all; also the {@link Reply} that
 * is owed for the message that makes it so. As long as the server may skip that message, the text
 * before it is kept. Event-loop confined.
 */
final class UnnamedText extends Reply.Unnamed {

  private static final int MOST_BYTES_KEPT = 4096;
  private static final byte[] NO_BYTES = {};

  private final UnnamedStatement statement;
  private byte[] body = NO_BYTES;
  private int length;

  /** Bytes of it that the client's memory has been asked for. */
  private int charged;

  private By by = By.PARSE;

  /** The client's text if the server skips the message; null where it can't. */
  @Nullable UnnamedText before;

  /** The answer to its message is still to come from that backend. */
  private @Nullable PooledBackend owing;

  private long sentInBatch;

  /** Tells it from others that the object has stood for. */
  private long serial;

  private boolean kept;
  private boolean lacksMemory;

  /** It is on one backend alone, because it was too long to be kept. */
  private boolean unkept;

  private ScannedQuery scanned = ScannedQuery.NOTHING;
  private @Nullable String deallocated;
  private @Nullable SessionSettings settings;
  private @Nullable Whereabouts user;

  /** The description that the client relies on; null as long as nobody has asked the server. */
  private @Nullable Description told;

  /** The batch in which it was asked last. */
  private long describedInBatch;

  private boolean bound;
  private long parsedAt;
  private long generation;

  UnnamedText(UnnamedStatement statement) {
    this.statement = statement;
  }

  // ---- what it is

  /** There is none. */
  void clear(SessionMemory memory) {
    begin();
    if (charged > 0) {
      memory.give(charged, 0);
      charged = 0;
      body = NO_BYTES;
    }
  }

  /**
   * A text with its NUL and the types of parameters.
   *
   * @param with what the client has set, as far as analysis reads that; null where nobody can say
   * @param as by whose rights names are looked up; null where nobody can say
   */
  void set(
      SessionMemory memory,
      ByteBuf in,
      int at,
      int bytes,
      ScannedQuery query,
      @Nullable SessionSettings with,
      @Nullable Whereabouts as) {
    begin();
    settings = with;
    user = as;
    scanned = query;
    if (fits(memory, bytes)) {
      in.getBytes(at, body, 0, bytes);
      isKept(bytes);
    } else {
      lacksMemory = true;
    }
  }

  /** A text of the gateway's in place of one that drops a statement of the client's. */
  void deallocates(SessionMemory memory, byte[] text, String name) {
    begin();
    memory.give(charged, 0);
    charged = 0;
    body = text;
    isKept(text.length);
    deallocated = name;
  }

  /** A text too long to be kept. */
  void isUnseen(SessionMemory memory) {
    clear(memory);
    unkept = true;
  }

  private void begin() {
    length = 0;
    kept = false;
    lacksMemory = false;
    unkept = false;
    scanned = ScannedQuery.NOTHING;
    deallocated = null;
    settings = null;
    user = null;
    told = null;
    describedInBatch = -1;
    bound = false;
    serial = statement.nextSerial();
  }

  private void isKept(int bytes) {
    length = bytes;
    kept = true;
    statement.heedChanges();
    parsedAt = AnalysisClock.tick();
    generation = statement.generation();
  }

  /** Whether there is memory for so many bytes; of one text more than a few are counted. */
  private boolean fits(SessionMemory memory, int bytes) {
    if (body.length >= bytes && (body.length <= MOST_BYTES_KEPT || bytes > MOST_BYTES_KEPT)) {
      return true;
    }
    memory.give(charged, 0);
    charged = bytes > MOST_BYTES_KEPT || before != null ? Math.max(bytes, 128) : 0;
    if (charged > 0 && !memory.take(charged)) {
      charged = 0;
      body = NO_BYTES;
      return false;
    }
    body = new byte[Math.max(bytes, 128)];
    return true;
  }

  /** The effects of its text, once all of that has passed. */
  void does(ScannedQuery query) {
    scanned = query;
  }

  long serial() {
    return serial;
  }

  boolean isKept() {
    return kept;
  }

  boolean lacksMemory() {
    return lacksMemory;
  }

  ScannedQuery scanned() {
    return scanned;
  }

  @Nullable String deallocated() {
    return deallocated;
  }

  /** With the NUL, and the types behind it. */
  ByteBuf text() {
    return Unpooled.wrappedBuffer(body, 0, length);
  }

  /** The client's settings then, as far as analysis reads them; null where nobody could say. */
  @Nullable SessionSettings settings() {
    return settings;
  }

  /** By whose rights names were looked up; null where nobody could say. */
  @Nullable Whereabouts user() {
    return user;
  }

  /** Writes a Parse of it. */
  void writeParse(ByteBuf out) {
    StatementText.writeParse(out, NO_BYTES, body, length, told);
  }

  /** How long that is, about. */
  int bytes() {
    return 6 + length;
  }

  // ---- what the client relies on

  @Nullable Description told() {
    return told;
  }

  void isBound() {
    bound = true;
  }

  boolean isUnboundAndUnkept() {
    return unkept && !bound;
  }

  /**
   * Whether a later batch may bind it, and nobody knows what the client relies on then. As long as
   * its own batch isn't answered it may not be there: a question would fail the one at hand.
   */
  boolean isToBeDescribed(long batch) {
    return kept
        && !bound
        && told == null
        && describedInBatch != batch
        && (owing == null || sentInBatch == batch);
  }

  /** The reply that a Describe of it is owed. */
  Reply described(boolean hidden, long batch) {
    describedInBatch = batch;
    long asked = serial;
    return new Described(
        hidden,
        null,
        description -> {
          if (asked == serial && told == null) {
            told = description;
          }
        });
  }

  /** Whether it may mean something else to a server that is told of it now. */
  boolean isOlderThan(long changedAt, long newGeneration) {
    return kept
        && told == null
        && (changedAt > parsedAt || newGeneration != generation)
        && SqlScan.isAboutRows(Unpooled.wrappedBuffer(body), 0, length);
  }

  // ---- the answer to its message

  /** Its message goes out. */
  void isSent(By kind, PooledBackend backend, long batch) {
    by = kind;
    owing = backend;
    sentInBatch = batch;
  }

  /** Whether its message isn't answered yet. */
  boolean isOwed() {
    return owing != null;
  }

  /** Whether its message was sent in an earlier batch, and may be skipped. */
  boolean isUndecided(long batch) {
    return owing != null && before != null && sentInBatch != batch;
  }

  @Override
  protected By by() {
    return by;
  }

  @Override
  protected void done() {
    owing = null;
    UnnamedText gone = before;
    before = null;
    if (gone != null) {
      statement.isGone(gone);
    }
  }

  @Override
  protected void failed() {
    isNotThere();
    done();
    statement.failed(this);
  }

  @Override
  protected void skipped() {
    isNotThere();
    owing = null;
    statement.skipped(this);
  }

  private void isNotThere() {
    PooledBackend backend = owing;
    LeaseHolder owner = statement.owner();
    if (backend != null && backend.holdsUnnamed(owner, serial)) {
      backend.unnamedIs(null, 0);
    }
  }
}
