package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.BackendStatement;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prepared statements where backends are shared. A name is the client's own; the backend knows the
 * statement under one of the gateway's, and has it before the message that needs it ({@link
 * Preparations}). Event-loop confined.
 */
final class SharedStatements extends Statements {

  final ClientStatements named;
  final AnalysisContext context;
  final UnnamedStatement unnamed;
  final Preparations preparations;
  final SqlNames sqlNames;
  final UndecidedNames undecided;
  final Deallocation deallocation;
  private final QueryTranslation queries;
  private final ParseTranslation parses;
  private final PortalTranslation portals;

  /** The text of the message at hand is known to do nothing to its session. */
  private boolean plain;

  /** A statement under a name of the client's may do what nobody foresees. */
  private boolean namedOpaque;

  SharedStatements(Relay relay, Requests requests) {
    super(relay, requests);
    this.named = new ClientStatements(relay.server().statementTexts(), relay.memory());
    this.undecided = new UndecidedNames(named, requests);
    this.deallocation = new Deallocation(named, requests);
    this.context = new AnalysisContext(relay, requests);
    this.sqlNames = new SqlNames(named);
    this.unnamed = new UnnamedStatement(relay, requests, context);
    this.preparations = new Preparations(relay, requests, context);
    this.queries = new QueryTranslation(this);
    this.parses = new ParseTranslation(this);
    this.portals = new PortalTranslation(this);
  }

  @Override
  int prepared() {
    return named.size();
  }

  @Override
  int wantedBytes(byte type, int bodyBytes) {
    return switch (type) {
      case FrontendMessage.QUERY, FrontendMessage.PARSE -> wantedOfText(bodyBytes);
      case FrontendMessage.BIND ->
          gate.wantsValues()
              ? wantedOfText(bodyBytes)
              : Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      case FrontendMessage.EXECUTE ->
          portals.wantsNames() ? Math.min(bodyBytes, Requests.MOST_NAME_BYTES) : 0;
      case FrontendMessage.DESCRIBE, FrontendMessage.CLOSE ->
          Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      default -> 0;
    };
  }

  /** A sequence that is read or advanced may need something said to the backend in front of it. */
  @Override
  int begin(PooledBackend backend, byte type, ByteBuf in, int at, int bodyBytes, boolean inBatch) {
    plain = false;
    if (type == FrontendMessage.BIND) {
      ClientStatement statement = portals.readNames(in, at + HEADER_BYTES, bodyBytes);
      return statement == null
          ? FORWARD
          : relay.sequences().pass(backend, statement.text(), inBatch, type);
    }
    if (bodyBytes > Requests.MOST_TEXT_BYTES
        || (type != FrontendMessage.QUERY && type != FrontendMessage.PARSE)) {
      return FORWARD;
    }
    int textAt = textAt(type, in, at, bodyBytes);
    int textBytes =
        type == FrontendMessage.QUERY
            ? bodyBytes - 1
            : Math.max(0, in.indexOf(textAt, at + HEADER_BYTES + bodyBytes, (byte) 0) - textAt);
    plain = look.isPlain(in, textAt, textBytes);
    return plain ? FORWARD : relay.sequences().pass(backend, in, textAt, textBytes, inBatch, type);
  }

  @Override
  List<SessionEffect> firstEffects(byte type, ByteBuf in, int at, int bodyBytes) {
    ClientStatement statement =
        type == FrontendMessage.BIND && bodyBytes <= Requests.MOST_TEXT_BYTES
            ? portals.readNames(in, at + HEADER_BYTES, bodyBytes)
            : null;
    return statement == null ? List.of() : statement.text().scanned().firstEffects();
  }

  @Override
  List<SessionEffect> resolved(List<SessionEffect> effects) {
    return effects;
  }

  @Override
  void goesOut(PooledBackend backend, SessionEffect effect) {
    relay.listening().note(effect);
    switch (effect.kind().statements()) {
      case DROPS_ALL ->
          backend.discarded().commandGoesOut(named, requests.batch(), false, () -> {});
      case DISCARDS ->
          backend.discarded().commandGoesOut(named, requests.batch(), true, relay::discarded);
      case NONE, PREPARES, EXECUTES, DROPS -> {}
    }
  }

  @Override
  void isOpaque(boolean underName, ScannedQuery query, boolean defines) {
    if (underName) {
      namedOpaque = true;
    } else {
      unnamed.unseenDoes(query);
    }
  }

  boolean isNamedOpaque() {
    return namedOpaque;
  }

  // ---- the text at hand

  ScannedQuery scan(ByteBuf in, int at, int bytes) {
    return plain ? ScannedQuery.NOTHING : look.scan(in, at, bytes);
  }

  /** Keeps in mind what a text defines, or that it does nothing. */
  void noteText(ByteBuf in, int at, int bytes, ScannedQuery query) {
    if (!plain) {
      look.noteDefinitions(in, at, bytes, query);
      look.notePlain(in, at, bytes, query);
    }
  }

  /** Whether a text is understood, and may be the end of a transaction that is read back. */
  boolean isFollowed(ScannedQuery query, ByteBuf in, int at, int bytes) {
    return isFollowed(query) && !look.isInDoubt(in, at, bytes);
  }

  boolean isFollowed(ScannedQuery query) {
    return !query.isEmpty() || relay.carried().isAnyReadBack();
  }

  @Override
  @Nullable ClientStatement namedBy(SessionEffect effect) {
    return sqlNames.namedBy(effect);
  }

  /** Prepares what a text of the extended protocol names, where the backend doesn't know it. */
  void prepareNamed(PooledBackend backend, ScannedQuery query) {
    if (SqlNames.areIn(query) && TextLook.onlyDeallocates(query) == null && !backend.isSkipping()) {
      sqlNames.prepare(backend, query, sqlNames.uses(query, context.now()), requests);
    }
  }

  // ---- messages

  @Override
  int query(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    return queries.query(backend, in, at, bodyBytes);
  }

  @Override
  int parse(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    return parses.parse(backend, in, at, bodyBytes);
  }

  @Override
  int bind(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    return portals.bind(backend, in, at, bodyBytes);
  }

  @Override
  int execute(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    return portals.execute(backend, in, at, bodyBytes);
  }

  @Override
  int describe(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes < 2 || in.getByte(at + HEADER_BYTES) != 'S') {
      backend.owed().add(Plain.DESCRIBE_PORTAL);
      return FORWARD;
    }
    int nameAt = at + HEADER_BYTES + 1;
    int nameBytes = nameBytes(in, nameAt, bodyBytes - 1);
    if (nameBytes == 0) {
      prepareNamed(backend, unnamed.scanned());
      int verdict = unnamed.use(backend, FrontendMessage.DESCRIBE);
      if (verdict == FORWARD) {
        backend.owed().add(unnamed.described(false));
      }
      return verdict;
    }
    if (undecided.await(in, nameAt, nameBytes)) {
      return PAUSE;
    }
    ClientStatement statement = named.find(in, nameAt, nameBytes);
    if (statement == null) {
      backend.owed().add(new Reply.Described(false, null, description -> {}));
      return FORWARD;
    }
    prepareNamed(backend, statement.text().scanned());
    BackendStatement prepared = preparations.ensure(backend, statement, FrontendMessage.DESCRIBE);
    if (prepared == null) {
      return preparations.verdict();
    }
    requests.emitBefore();
    preparations.writeDescribe(backend, statement, prepared, false);
    return DROP;
  }

  @Override
  int close(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes < 2 || in.getByte(at + HEADER_BYTES) != 'S') {
      backend.owed().add(Plain.CLOSE);
      return FORWARD;
    }
    int nameAt = at + HEADER_BYTES + 1;
    int nameBytes = nameBytes(in, nameAt, bodyBytes - 1);
    if (undecided.await(in, nameAt, nameBytes)) {
      return PAUSE;
    }
    if (relay.pin().isSet()) {
      relay.pin().mayEnd();
    }
    if (nameBytes == 0) {
      unnamed.close(backend, requests.beginsBatch());
      return FORWARD;
    }
    ClientStatement statement = named.find(in, nameAt, nameBytes);
    if (statement == null) {
      backend.owed().add(Plain.CLOSE);
      return FORWARD;
    }
    named.close(statement, requests.batch());
    BackendStatement own = preparations.takeOwn(backend, statement);
    backend.owed().add(new Reply.Closed(statement, named, own));
    if (own == null) {
      return FORWARD; // the backend has none of that name, and says that it is closed
    }
    requests.emitBefore();
    backend.write(naming(backend, FrontendMessage.CLOSE, own.name()));
    return DROP;
  }

  // ---- between messages

  /**
   * The client's next message is here. If it isn't a Describe of the statement that was prepared
   * last, one goes out in front of it.
   */
  @Override
  void describeLast(byte type, ByteBuf in, int at, int bodyBytes) {
    if (preparations.owesDescribe()
        && !(type == FrontendMessage.DESCRIBE
            && preparations.undescribed() == namedIn(in, at, bodyBytes))) {
      preparations.describe();
    }
  }

  private @Nullable ClientStatement namedIn(ByteBuf in, int at, int bodyBytes) {
    int nameAt = at + HEADER_BYTES + 1;
    return bodyBytes < 2 || in.getByte(at + HEADER_BYTES) != 'S'
        ? null
        : named.find(in, nameAt, nameBytes(in, nameAt, bodyBytes - 1));
  }

  /** A Query in a batch has ended the lease before the Sync came. */
  @Override
  void leaseBegins(PooledBackend backend) {
    sqlNames.forget();
  }

  @Override
  boolean owesBehindSync() {
    return sqlNames.areMade();
  }

  @Override
  void isSynced(PooledBackend backend) {
    sqlNames.close(backend);
  }

  @Override
  boolean mayGoOn(PooledBackend backend) {
    boolean awaited = undecided.takeAwaited();
    return preparations.mayGoOn(backend) || unnamed.mayGoOn(backend) || awaited;
  }

  @Override
  boolean awaitsUnnamed() {
    return unnamed.isAwaited();
  }

  @Override
  boolean isToBindLongText(PooledBackend backend) {
    return unnamed.isToBeBoundOnlyOn(backend);
  }

  @Override
  void batchEnds(PooledBackend backend) {
    if (unnamed.isToBeBoundOnlyOn(backend) && !relay.server().refusesUnpoolable()) {
      relay.pin().set(PinReason.TEXT);
    }
    if (unnamed.mayBeUsedLater(backend)) {
      requests.emitBefore();
      unnamed.describe(backend, true);
    }
  }

  @Override
  void transactionEnded() {
    portals.clear();
  }

  @Override
  void end() {
    super.end();
    named.clear();
  }

  @Override
  boolean hasNamed() {
    return named.size() > 0;
  }

  @Override
  void lost() {
    named.clear();
  }

  /** A Query goes out, behind what shows whether the server has come to it. */
  @Override
  void noteQuery(PooledBackend backend) {
    Reply dropped = unnamed.query(backend, !requests.isUnsynced());
    if (dropped != null) {
      backend.owed().add(dropped);
    }
  }
}
