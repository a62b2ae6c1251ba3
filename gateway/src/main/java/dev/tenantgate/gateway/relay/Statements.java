package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.tracing.ClientTrace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's messages that have a query's text, or name a prepared statement or a portal. The
 * verdicts are those of {@link Requests#frame}. Event-loop confined.
 */
abstract sealed class Statements permits SharedStatements, VerbatimStatements {

  static final int HEADER_BYTES = 5;
  static final int FORWARD = Requests.FORWARD;
  static final int DROP = Requests.DROP;
  static final int PAUSE = Requests.PAUSE;

  final Relay relay;
  final Requests requests;
  final LongLook looks;
  final TextLook look;
  final RecentDefinitions definitions;
  final StatementGate gate;

  /** Null before the first long text. */
  private @Nullable LongText longText;

  Statements(Relay relay, Requests requests) {
    this.relay = relay;
    this.requests = requests;
    this.looks = new LongLook(relay, relay.longScans());
    this.look = new TextLook(relay, looks);
    this.definitions = new RecentDefinitions(relay, requests, this::judgeAnew);
    this.gate = new StatementGate(relay, requests, this);
  }

  // ---- messages

  /** How many bytes of a message's body have to be there for a look. */
  abstract int wantedBytes(byte type, int bodyBytes);

  /**
   * A message may go to a backend, if what it reads lets it; the first that is asked of it.
   *
   * @param inBatch whether nothing can be put in front of it
   */
  abstract int begin(
      PooledBackend backend, byte type, ByteBuf in, int at, int bodyBytes, boolean inBatch);

  /** The client has another backend than before, or one again. */
  void leaseBegins(PooledBackend backend) {}

  abstract int query(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  abstract int parse(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  abstract int bind(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  abstract int describe(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  abstract int execute(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  abstract int close(PooledBackend backend, ByteBuf in, int at, int bodyBytes);

  /** By its number it is known whether a function may switch; all others stream. */
  final int functionCall(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int function = bodyBytes >= Integer.BYTES ? in.getInt(at + HEADER_BYTES) : 0;
    if (relay.passage().gate().mayLead(function)) {
      relay.carried().note(SessionEffect.of(EffectKind.UNPROVEN));
      relay.unforeseen().expect(backend);
    }
    requests.functionCallGoesOut(backend);
    return FORWARD;
  }

  /** The client's copied data ends. */
  final int copyEnds() {
    PooledBackend backend = relay.backend();
    if (backend == null) {
      return DROP;
    }
    requests.predictedEnd().unknown();
    backend.copied().ends();
    relay.unforeseen().copyEnds(backend);
    return FORWARD;
  }

  /**
   * Whether a message needs no word of the gate on where the session is: it leads elsewhere by its
   * first statement, or ends a transaction that hasn't begun, as behind a BEGIN that was refused.
   */
  final boolean leave(byte type, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes > Requests.MOST_TEXT_BYTES || !relay.server().isGated()) {
      return false;
    }
    if (type == FrontendMessage.QUERY) {
      ScannedQuery query = look.scan(in, at + HEADER_BYTES, bodyBytes - 1);
      return query.endsTransactionsOnly() || gate.leaves(query.firstEffects());
    }
    return gate.leaves(
        type == FrontendMessage.PARSE
            ? firstEffectsOfText(type, in, at, bodyBytes)
            : firstEffects(type, in, at, bodyBytes));
  }

  /** Shows a message to who makes spans, if anybody does; a text that is too long has none. */
  final void trace(byte type, ByteBuf in, int at, int bodyBytes) {
    ClientTrace trace = relay.trace();
    if (trace == null) {
      return;
    }
    boolean hasText = type == FrontendMessage.QUERY || type == FrontendMessage.PARSE;
    if (!hasText || bodyBytes > Requests.MOST_TEXT_BYTES) {
      trace.request(in, at, 0);
      return;
    }
    int textAt = textAt(type, in, at, bodyBytes);
    int end = in.indexOf(textAt, at + HEADER_BYTES + bodyBytes, (byte) 0);
    trace.request(in, textAt, Math.max(0, end - textAt));
  }

  private List<SessionEffect> firstEffectsOfText(byte type, ByteBuf in, int at, int bodyBytes) {
    int textAt = textAt(type, in, at, bodyBytes);
    int end = in.indexOf(textAt, at + HEADER_BYTES + bodyBytes, (byte) 0);
    return end < 0 ? List.of() : look.scan(in, textAt, end - textAt).firstEffects();
  }

  /** Effects of the first statement that a Bind or an Execute runs, as far as they are known. */
  abstract List<SessionEffect> firstEffects(byte type, ByteBuf in, int at, int bodyBytes);

  // ---- what statements do

  /** The same effects, with each EXECUTE replaced by what it runs, where that is known here. */
  abstract List<SessionEffect> resolved(List<SessionEffect> effects);

  /** A statement with this effect goes out. */
  abstract void goesOut(PooledBackend backend, SessionEffect effect);

  /** The statement of the client's that SQL names; null if it names none that is known here. */
  abstract @Nullable ClientStatement namedBy(SessionEffect effect);

  /**
   * A long text was prepared that may do anything when it is run.
   *
   * @param query what it may do
   * @param defines whether it may define something
   */
  abstract void isOpaque(boolean named, ScannedQuery query, boolean defines);

  // ---- between messages

  /** The client's next message is here: it may have to stand behind one of the gateway's. */
  void describeLast(byte type, ByteBuf in, int at, int bodyBytes) {}

  /** A Query goes out. */
  void noteQuery(PooledBackend backend) {}

  /** The client's batch ends: what it may rely on later is asked for. */
  void batchEnds(PooledBackend backend) {}

  /** Whether something of the gateway's own has to follow the client's Sync. */
  boolean owesBehindSync() {
    return false;
  }

  /** The client's Sync went out. */
  void isSynced(PooledBackend backend) {}

  /** Whether a message that waited for a backend's answer may be looked at again. */
  boolean mayGoOn(PooledBackend backend) {
    return false;
  }

  /** Whether a message waits for which unnamed statement the client has. */
  boolean awaitsUnnamed() {
    return false;
  }

  /** Whether the unnamed statement on a backend is a long text that is still to be bound. */
  boolean isToBindLongText(PooledBackend backend) {
    return false;
  }

  /** How many statements the client has prepared by name, as far as they are kept here. */
  abstract int prepared();

  /** Whether the client has prepared statements under names that are kept here. */
  boolean hasNamed() {
    return false;
  }

  /** The server has none of the client's named statements any more. */
  void lost() {}

  /**
   * All that the client has sent is answered.
   *
   * @param failed whether an error was among the answers
   */
  void answered(boolean failed) {}

  /** A transaction has ended, and no other has begun: there is no portal. */
  abstract void transactionEnded();

  /** The definitions of late. */
  final RecentDefinitions definitions() {
    return definitions;
  }

  /** The client's prepared statements may lead elsewhere than before. */
  void judgeAnew() {}

  /** The session ends. */
  void end() {
    looks.end();
    definitions.end();
  }

  // ---- texts

  /** Bytes of a Query, a Parse or a Bind that are looked at whole, if it isn't too long. */
  static int wantedOfText(int bodyBytes) {
    return bodyBytes <= Requests.MOST_TEXT_BYTES ? bodyBytes : Requests.MOST_NAME_BYTES;
  }

  /** Where the text of a Query or a Parse begins. */
  static int textAt(byte type, ByteBuf in, int at, int bodyBytes) {
    int bodyAt = at + HEADER_BYTES;
    return type == FrontendMessage.PARSE ? bodyAt + nameBytes(in, bodyAt, bodyBytes) + 1 : bodyAt;
  }

  /**
   * Bytes of a Parse's text.
   *
   * @throws ProtocolViolation if it has no end
   */
  static int textBytes(ByteBuf in, int textAt, int bodyEnd) {
    int nul = in.indexOf(textAt, bodyEnd, (byte) 0);
    if (nul < 0) {
      throw new ProtocolViolation("a Parse without the end of its text");
    }
    return nul - textAt;
  }

  /** Whether it is known what the text of a Query or a Parse does, or will be where it is read. */
  final boolean isTextKnown(byte type, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes < LongScans.LEAST_BYTES
        || bodyBytes > Requests.MOST_TEXT_BYTES
        || !relay.server().isGated()) {
      return true;
    }
    int textAt = textAt(type, in, at, bodyBytes);
    int end = in.indexOf(textAt, at + HEADER_BYTES + bodyBytes, (byte) 0);
    return end < 0 || looks.isDone(in, textAt, end - textAt);
  }

  /** A message has gone on. */
  final void textIsUsed() {
    looks.used();
  }

  /** How a text that is too long to be looked at whole passes. */
  final LongText longText() {
    LongText known = longText;
    if (known == null) {
      known = new LongText(relay, requests, look, gate, this);
      longText = known;
    }
    return known;
  }

  /** The next part of a long text; whether it may go on. */
  final boolean passing(ByteBuf in, int at, int bytes, boolean last) {
    return longText().passing(in, at, bytes, last);
  }

  /**
   * Bytes of a name at an index.
   *
   * @throws ProtocolViolation if it has no end
   */
  static int nameBytes(ByteBuf in, int at, int within) {
    int end = Math.min(in.writerIndex(), at + within);
    int nul = at <= end ? in.indexOf(at, end, (byte) 0) : -1;
    if (nul < 0) {
      throw new ProtocolViolation("a message with a name that doesn't end");
    }
    return nul - at;
  }

  static String name(ByteBuf in, int at, int within) {
    return in.toString(at, nameBytes(in, at, within), StandardCharsets.UTF_8);
  }

  /** A message that names a statement. */
  static ByteBuf naming(PooledBackend backend, byte type, byte[] name) {
    return backend
        .channel()
        .alloc()
        .buffer(HEADER_BYTES + 2 + name.length)
        .writeByte(type)
        .writeInt(4 + 1 + name.length + 1)
        .writeByte('S')
        .writeBytes(name)
        .writeByte(0);
  }
}
