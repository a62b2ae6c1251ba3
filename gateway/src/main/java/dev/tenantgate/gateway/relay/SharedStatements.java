package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.BackendStatement;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prepared statements where backends are shared. A name is the client's own; the backend knows the
 * statement under one of the gateway's, and has it before the message that needs it ({@link
 * Preparations}). Event-loop confined.
 */
final class SharedStatements extends Statements {

  private final ClientStatements named;
  private final AnalysisContext context;
  private final UnnamedStatement unnamed;
  private final Preparations preparations;
  private final SqlNames sqlNames;
  private final BatchResets resets;
  private final UndecidedNames undecided;

  /** A statement under a name of the client's may do what nobody foresees. */
  private boolean namedOpaque;

  // Of the Bind at hand.
  private int boundPortalBytes;
  private int boundNameBytes;
  private @Nullable ClientStatement bound;

  SharedStatements(Relay relay, Requests requests) {
    super(relay, requests);
    this.named = new ClientStatements(relay.server().statementTexts(), relay.memory());
    this.sqlNames = new SqlNames(named);
    this.undecided = new UndecidedNames(named, requests);
    this.context = new AnalysisContext(relay);
    this.unnamed = new UnnamedStatement(relay, requests, context);
    this.preparations = new Preparations(relay, requests, context);
    this.resets =
        new BatchResets(() -> relay.effects().startup(), relay.listening(), relay.memory());
  }

  @Override
  int wantedBytes(byte type, int bodyBytes) {
    return switch (type) {
      case FrontendMessage.QUERY, FrontendMessage.PARSE ->
          bodyBytes <= Requests.MOST_TEXT_BYTES
              ? bodyBytes
              : Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      case FrontendMessage.BIND ->
          bodyBytes <= Requests.MOST_TEXT_BYTES && gate.wantsValues()
              ? bodyBytes
              : Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      case FrontendMessage.EXECUTE ->
          resets.wantsNames() ? Math.min(bodyBytes, Requests.MOST_NAME_BYTES) : 0;
      case FrontendMessage.DESCRIBE, FrontendMessage.CLOSE ->
          Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      default -> 0;
    };
  }

  /** What reads or advances a sequence may need something said to the backend in front of it. */
  @Override
  int begin(PooledBackend backend, byte type, ByteBuf in, int at, int bodyBytes, boolean inBatch) {
    int bodyAt = at + HEADER_BYTES;
    plain = false;
    if (bodyBytes > Requests.MOST_TEXT_BYTES && type != FrontendMessage.BIND) {
      return FORWARD;
    }
    switch (type) {
      case FrontendMessage.QUERY -> {
        plain = look.isPlain(in, bodyAt, bodyBytes - 1);
        return plain
            ? FORWARD
            : relay.sequences().pass(backend, in, bodyAt, bodyBytes - 1, inBatch, type);
      }
      case FrontendMessage.PARSE -> {
        int textAt = bodyAt + nameBytes(in, bodyAt, bodyBytes) + 1;
        int textBytes = Math.max(0, in.indexOf(textAt, bodyAt + bodyBytes, (byte) 0) - textAt);
        plain = look.isPlain(in, textAt, textBytes);
        return plain
            ? FORWARD
            : relay.sequences().pass(backend, in, textAt, textBytes, inBatch, type);
      }
      case FrontendMessage.BIND -> {
        readBind(in, bodyAt, bodyBytes);
        ClientStatement statement = bound;
        return statement == null
            ? FORWARD
            : relay.sequences().pass(backend, statement.text(), inBatch, type);
      }
      default -> {
        return FORWARD;
      }
    }
  }

  @Override
  List<SessionEffect> firstEffects(byte type, ByteBuf in, int at, int bodyBytes) {
    ClientStatement statement =
        type == FrontendMessage.BIND && bodyBytes <= Requests.MOST_TEXT_BYTES
            ? namedInBind(in, at + HEADER_BYTES, bodyBytes)
            : null;
    return statement == null ? List.of() : statement.text().scanned().firstEffects();
  }

  private @Nullable ClientStatement namedInBind(ByteBuf in, int bodyAt, int bodyBytes) {
    readBind(in, bodyAt, bodyBytes);
    return bound;
  }

  @Override
  List<SessionEffect> resolved(List<SessionEffect> effects) {
    return effects;
  }

  @Override
  void goesOut(PooledBackend backend, SessionEffect effect) {
    relay.listening().note(effect);
    if (effect instanceof SessionEffect.DiscardAll
        || effect instanceof SessionEffect.DeallocateAll) {
      boolean all = effect instanceof SessionEffect.DiscardAll;
      backend.discardStatements(named, requests.batch(), all, all ? relay::discarded : () -> {});
    }
  }

  @Override
  void isOpaque(boolean underName) {
    if (underName) {
      namedOpaque = true;
    } else {
      unnamed.unseenDoes(StatementGate.UNSEEN);
    }
  }

  // ---- Query

  @Override
  int query(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      return longQuery(backend);
    }
    int textAt = at + HEADER_BYTES;
    int textBytes = bodyBytes - 1;
    ScannedQuery query = plain ? ScannedQuery.NOTHING : look.scan(in, textAt, textBytes);
    if (signals(query) && !relay.signals().replaceIn(in, textAt, textBytes)) {
      return PAUSE;
    }
    if (!plain) {
      look.noteDefinitions(in, textAt, textBytes, query);
      look.notePlain(in, textAt, textBytes, query);
    }
    boolean followed = isFollowed(query, in, textAt, textBytes);
    if (!query.isEmpty()) {
      if (undecided.await(query)) {
        relay.lease().hasAllAnswers(backend); // which are awaited, unless a batch is open
        return PAUSE;
      }
      int verdict = gate.apply(backend, query, null, FrontendMessage.QUERY);
      if (verdict != FORWARD) {
        return verdict;
      }
      String gone = TextLook.onlyDeallocates(query);
      if (gone != null && named.mayHave(gone)) {
        if (!relay.lease().hasAllAnswers(backend)) {
          return PAUSE; // whether it is there, and one can be made for it, they tell
        }
        if (named.find(gone) != null && !backend.isInFailedTransaction()) {
          deallocate(backend, gone);
          return DROP;
        }
      }
    }
    if (followed) {
      requests.predictedEnd().query(query, in, textAt, textBytes);
    } else {
      requests.predictedEnd().unknown();
    }
    nameForQuery(backend, query);
    RestoringQuery restoring =
        query.isEmpty()
            ? null
            : RestoringQuery.of(
                in,
                at + HEADER_BYTES,
                bodyBytes - 1,
                query,
                looks.script(),
                relay.effects().lexicalRules(),
                relay.effects().startup(),
                relay.carried().current(),
                relay.listening());
    if (restoring == null && !sqlNames.areMade()) {
      requests.queryGoesOut(backend);
      return FORWARD;
    }
    requests.emitFirst();
    if (restoring == null) {
      requests.queryGoesOut(backend);
      backend.write(in.copy(at, HEADER_BYTES + bodyBytes));
    } else {
      requests.queryGoesOut(backend, new Reply.Inserted(restoring.behind()));
      backend.write(restoring.encode(backend.channel().alloc()));
      relay.effects().restored();
    }
    if (sqlNames.areMade() && !requests.isBehindBatch()) {
      sqlNames.close(backend);
    }
    return DROP;
  }

  /** Whether a text is understood, and may be the end of a transaction that is read back. */
  private boolean isFollowed(ScannedQuery query, ByteBuf in, int at, int bytes) {
    return isFollowed(query) && !look.isInDoubt(in, at, bytes);
  }

  private boolean isFollowed(ScannedQuery query) {
    return !query.isEmpty() || relay.carried().isAnyReadBack();
  }

  private int longQuery(PooledBackend backend) {
    requests.predictedEnd().unknown();
    requests.queryGoesOut(backend);
    longText.beginQuery(backend);
    return FORWARD;
  }

  /** Sees to it that the backend knows the client's statements that a Query names. */
  private void nameForQuery(PooledBackend backend, ScannedQuery query) {
    if (query.isEmpty()) {
      return;
    }
    if (requests.isInBatch() || requests.isBehindBatch()) {
      sqlNames.prepare(backend, query, requests);
    } else {
      sqlNames.prepareForQuery(backend, query, requests);
    }
    for (ScannedQuery.Step step : query.steps()) {
      if (step.effect() instanceof SessionEffect.Deallocate deallocate) {
        removeNamed(backend, deallocate.name());
      }
    }
  }

  /** The statement of the client's that SQL names; null if it names none. */
  @Override
  @Nullable ClientStatement namedBy(SessionEffect effect) {
    return sqlNames.namedBy(effect);
  }

  /**
   * Has a DEALLOCATE of a client's statement answered as the server would, with a statement made
   * for that: the one that the client means is known to the gateway alone.
   */
  private void deallocate(PooledBackend backend, String name) {
    requests.emitFirst();
    removeNamed(backend, name);
    prepareGone(backend);
    requests.queryGoesOut(backend);
    backend.write(
        FrontendMessage.query(backend.channel().alloc(), "DEALLOCATE " + UnnamedStatement.GONE));
  }

  private void prepareGone(PooledBackend backend) {
    backend.write(UnnamedStatement.parseGone(backend.channel().alloc()));
    backend.owed().add(Plain.PARSE_AGAIN);
  }

  /** Removes a statement that a DEALLOCATE names, if there is one. */
  private void removeNamed(PooledBackend backend, String name) {
    ClientStatement statement = named.find(name);
    if (statement != null) {
      named.close(statement, requests.batch());
      backend
          .owed()
          .add(
              new Reply.Forgetting(
                  Reply.Forgetting.By.DEALLOCATE, new Deallocated(named, statement)));
    }
  }

  /** What a DEALLOCATE does to a client's statement. */
  private record Deallocated(ClientStatements all, ClientStatement statement)
      implements Reply.Forgetting.Outcome {

    @Override
    public void done() {
      all.closed(statement);
    }

    @Override
    public void undone() {
      all.putBack(statement);
    }
  }

  // ---- Parse

  @Override
  int parse(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int nameAt = at + HEADER_BYTES;
    int nameBytes = nameBytes(in, nameAt, bodyBytes);
    int textAt = nameAt + nameBytes + 1;
    int restBytes = bodyBytes - nameBytes - 1;
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      return parseUnseen(backend, in, nameAt, nameBytes);
    }
    int textBytes = in.indexOf(textAt, textAt + restBytes, (byte) 0) - textAt;
    if (textBytes < 0) {
      throw new ProtocolViolation("a Parse without the end of its text");
    }
    ScannedQuery query = plain ? ScannedQuery.NOTHING : look.scan(in, textAt, textBytes);
    if (signals(query) && !relay.signals().replaceIn(in, textAt, textBytes)) {
      return PAUSE;
    }
    if (undecided.await(in, nameAt, nameBytes) || undecided.await(query)) {
      return PAUSE;
    }
    int passed = gate.passSchemas(backend, query);
    if (passed != FORWARD) {
      return passed;
    }
    gate.mayBeBound(query);
    if (!plain) {
      look.noteDefinitions(in, textAt, textBytes, query);
      look.notePlain(in, textAt, textBytes, query);
    }
    nameForBatch(backend, query);
    if (nameBytes == 0) {
      return parseUnnamed(backend, in, textAt, restBytes, query);
    }
    if (named.find(in, nameAt, nameBytes) != null) {
      return refuseDuplicate(backend, in, nameAt, nameBytes, query);
    }
    if (!named.hasRoom(nameBytes, restBytes)) {
      return requests.refuse(
          backend, FrontendMessage.PARSE, relay.memory().refusal("prepared statements"));
    }
    ClientStatement statement =
        named.add(in, nameAt, nameBytes, restBytes, query, context.settings(), context.user());
    preparations.define(backend, statement, named, restBytes);
    return HEADER_BYTES + nameBytes + 1;
  }

  private int refuseDuplicate(
      PooledBackend backend, ByteBuf in, int nameAt, int nameBytes, ScannedQuery query) {
    return requests.refuse(
        backend,
        FrontendMessage.PARSE,
        backend.isInFailedTransaction()
                && backend.owed().isEmpty()
                && !StatementGate.endsTransaction(query)
            ? report(
                SqlState.IN_FAILED_SQL_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block")
            : report(
                SqlState.DUPLICATE_PREPARED_STATEMENT,
                "prepared statement \"%s\" already exists"
                    .formatted(in.toString(nameAt, nameBytes, StandardCharsets.UTF_8))));
  }

  /** The same of a message of the extended protocol. */
  private void nameForBatch(PooledBackend backend, ScannedQuery query) {
    if (!query.isEmpty() && TextLook.onlyDeallocates(query) == null && !backend.isSkipping()) {
      sqlNames.prepare(backend, query, requests);
    }
  }

  private int parseUnnamed(
      PooledBackend backend, ByteBuf in, int textAt, int restBytes, ScannedQuery query) {
    boolean certain = requests.beginsBatch() && !sqlNames.areMade();
    String gone = TextLook.onlyDeallocates(query);
    if (gone != null && named.find(gone) != null) {
      requests.emitFirst();
      unnamed.deallocates(backend, gone, certain);
      return DROP;
    }
    if (isFollowed(query, in, textAt, restBytes)) {
      requests.predictedEnd().parse(in, textAt, restBytes);
    }
    unnamed.set(backend, in, textAt, restBytes, query, certain);
    relay.traffic().parsedAtServer();
    return FORWARD;
  }

  /**
   * A text too long to be kept. Under a name it is on this backend alone, which the session keeps.
   */
  private int parseUnseen(PooledBackend backend, ByteBuf in, int nameAt, int nameBytes) {
    if (nameBytes == 0) {
      unnamed.unseen(backend, requests.beginsBatch());
      longText.beginParse(backend, false);
      relay.traffic().parsedAtServer();
    } else {
      if (undecided.await(in, nameAt, nameBytes)) {
        return PAUSE;
      }
      if (named.find(in, nameAt, nameBytes) != null) {
        return refuseDuplicate(backend, in, nameAt, nameBytes, ScannedQuery.NOTHING);
      }
      if (relay.server().refusesUnpoolable() && !relay.pin().isSet()) {
        return requests.refuse(
            backend, FrontendMessage.PARSE, StatementGate.unpoolable(PinReason.TEXT.words()));
      }
      longText.beginParse(backend, true);
      relay.pin().set(PinReason.TEXT);
      backend.owed().add(Plain.PARSE);
      relay.traffic().parsedAtServer();
    }
    return FORWARD;
  }

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

  /** Whether something of the gateway's own has to follow the client's Sync. */
  @Override
  boolean owesBehindSync() {
    return sqlNames.areMade();
  }

  /** The client's Sync went out. */
  @Override
  void isSynced(PooledBackend backend) {
    sqlNames.close(backend);
  }

  /** Whether a message that waited for a backend's answer may be looked at again. */
  @Override
  boolean mayGoOn(PooledBackend backend) {
    boolean awaited = undecided.takeAwaited();
    return preparations.mayGoOn(backend) || unnamed.mayGoOn(backend) || awaited;
  }

  // ---- Bind, Describe, Close

  /** The names in the Bind at hand, and the statement that it names. */
  private void readBind(ByteBuf in, int bodyAt, int bodyBytes) {
    boundPortalBytes = nameBytes(in, bodyAt, bodyBytes);
    int nameAt = bodyAt + boundPortalBytes + 1;
    boundNameBytes = nameBytes(in, nameAt, bodyBytes - boundPortalBytes - 1);
    bound = boundNameBytes == 0 ? null : named.find(in, nameAt, boundNameBytes);
  }

  /** Lets a Bind pass whose names {@link #begin} has read. */
  @Override
  int bind(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int portalAt = at + HEADER_BYTES;
    int portalBytes = boundPortalBytes;
    int nameAt = portalAt + portalBytes + 1;
    int nameBytes = boundNameBytes;
    int valuesAt = nameAt + nameBytes + 1;
    if (undecided.await(in, nameAt, nameBytes)) {
      return PAUSE;
    }
    ClientStatement statement = bound;
    if (nameBytes > 0 && statement == null) {
      return bindUnknown(backend, portalBytes > 0);
    }
    if (signals(statement == null ? unnamed.scanned() : statement.text().scanned())) {
      int end = (int) Math.min(in.writerIndex(), (long) at + HEADER_BYTES + bodyBytes);
      if (!relay.signals().replaceInValues(in.slice(valuesAt, end - valuesAt))) {
        return PAUSE;
      }
    }
    nameForBatch(backend, statement == null ? unnamed.scanned() : statement.text().scanned());
    BackendStatement prepared = null;
    if (statement != null) {
      prepared = preparations.ensure(backend, statement, FrontendMessage.BIND);
      if (prepared == null) {
        return preparations.verdict();
      }
    }
    ScannedQuery query = statement == null ? unnamed.scanned() : look.known(statement.text());
    gate.isBound(portalBytes > 0);
    if (!query.isEmpty()) {
      int end = (int) Math.min(in.writerIndex(), (long) at + HEADER_BYTES + bodyBytes);
      ByteBuf values = in.slice(valuesAt, end - valuesAt);
      int verdict =
          query.equals(StatementGate.UNSEEN)
              ? gate.applyUnseen(backend, FrontendMessage.BIND)
              : gate.apply(backend, query, values, FrontendMessage.BIND);
      if (verdict != FORWARD) {
        return verdict;
      }
    }
    noteResets(in.toString(portalAt, portalBytes, StandardCharsets.ISO_8859_1), query);
    PredictedEnd end = requests.predictedEnd();
    end.bind(
        query,
        portalBytes == 0
            && isFollowed(query)
            && (statement == null ? end.isUnnamedKnown() : end.isKnown(statement.text())));
    if (prepared == null) {
      return bindUnnamed(backend);
    }
    byte[] name = prepared.name();
    requests.emitFirst();
    backend.write(
        backend
            .channel()
            .alloc()
            .buffer(HEADER_BYTES + portalBytes + 1 + name.length + 1)
            .writeByte(FrontendMessage.BIND)
            .writeInt(4 + bodyBytes - nameBytes + name.length)
            .writeBytes(in, portalAt, portalBytes + 1)
            .writeBytes(name)
            .writeByte(0));
    backend.owed().add(prepared);
    return valuesAt - at;
  }

  /**
   * The server knows what to say, unless it is a long text that the session keeps a backend for.
   */
  private int bindUnknown(PooledBackend backend, boolean named) {
    requests.predictedEnd().unknown();
    gate.isBound(named);
    int verdict = namedOpaque ? gate.applyUnseen(backend, FrontendMessage.BIND) : FORWARD;
    if (verdict == FORWARD) {
      backend.owed().add(Plain.BIND);
    }
    return verdict;
  }

  /** Whether a statement may signal a process that only the gateway knows. */
  private static boolean signals(ScannedQuery query) {
    return !query.isEmpty() && query.has(EffectKind.SIGNAL_BACKEND);
  }

  private void noteResets(String portal, ScannedQuery query) {
    if ((!query.isEmpty() || resets.wantsNames()) && resets.bound(portal, query.effects())) {
      relay.effects().restored();
    }
  }

  private int bindUnnamed(PooledBackend backend) {
    String gone = unnamed.deallocated();
    if (gone != null && named.find(gone) != null) {
      requests.emitFirst();
      prepareGone(backend);
      removeNamed(backend, gone);
    }
    int verdict = useUnnamed(backend, FrontendMessage.BIND);
    if (verdict == FORWARD) {
      if (unnamed.isToBeBoundOnlyOn(backend)) {
        relay.pin().mayEnd();
      }
      unnamed.isBound();
      backend.owed().add(Plain.BIND);
    }
    return verdict;
  }

  @Override
  int execute(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    gate.execute(backend);
    requests.predictedEnd().execute(bodyBytes == 1 + Integer.BYTES);
    backend.owed().add(Plain.EXECUTE);
    if (!resets.wantsNames() || bodyBytes > Requests.MOST_NAME_BYTES) {
      return FORWARD;
    }
    int nameBytes = nameBytes(in, at + HEADER_BYTES, bodyBytes);
    String portal = in.toString(at + HEADER_BYTES, nameBytes, StandardCharsets.ISO_8859_1);
    List<String> behind = resets.behind(portal);
    if (behind == null) {
      return FORWARD;
    }
    requests.emitFirst();
    backend.write(in.copy(at, HEADER_BYTES + bodyBytes));
    BatchResets.write(backend, behind);
    return DROP;
  }

  /** Sees to it that the backend's unnamed statement is this client's. */
  private int useUnnamed(PooledBackend backend, byte type) {
    if (backend.isSkipping()) {
      return FORWARD;
    }
    if (unnamed.awaitsOutcome()) {
      return PAUSE;
    }
    if (unnamed.isHeldBy(backend) && unnamed.isAsTold()) {
      return FORWARD;
    }
    if (unnamed.isOutdatedOn(backend)) {
      unnamed.outdatedIsTold();
      return requests.refuse(backend, type, Preparations.OUTDATED);
    }
    if (unnamed.isHeldBy(backend)) {
      return PAUSE;
    }
    if (!unnamed.canBeSentAgain()) {
      return requests.refuse(
          backend,
          type,
          unnamed.lacksMemory()
              ? relay.memory().refusal("the unnamed prepared statement")
              : report(
                  SqlState.INVALID_SQL_STATEMENT_NAME,
                  "unnamed prepared statement does not exist"));
    }
    requests.emitFirst();
    unnamed.prepareAgain(backend);
    return unnamed.isAsTold() ? FORWARD : PAUSE;
  }

  /** Whether a message waits for which unnamed statement the client has. */
  @Override
  boolean awaitsUnnamed() {
    return unnamed.isAwaited();
  }

  /** Whether the unnamed statement on a backend is a long text that is still to be bound. */
  @Override
  boolean isToBindLongText(PooledBackend backend) {
    return unnamed.isToBeBoundOnlyOn(backend);
  }

  /** The client's batch ends: what it may rely on later is asked for. */
  @Override
  void batchEnds(PooledBackend backend) {
    if (unnamed.isToBeBoundOnlyOn(backend) && !relay.server().refusesUnpoolable()) {
      relay.pin().set(PinReason.TEXT);
    }
    if (unnamed.mayBeUsedLater(backend)) {
      requests.emitFirst();
      unnamed.describe(backend, true);
    }
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
      nameForBatch(backend, unnamed.scanned());
      int verdict = useUnnamed(backend, FrontendMessage.DESCRIBE);
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
    nameForBatch(backend, statement.text().scanned());
    BackendStatement prepared = preparations.ensure(backend, statement, FrontendMessage.DESCRIBE);
    if (prepared == null) {
      return preparations.verdict();
    }
    requests.emitFirst();
    preparations.writeDescribe(backend, statement, prepared, false);
    return DROP;
  }

  @Override
  int close(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes >= 2 && in.getByte(at + HEADER_BYTES) == 'S') {
      int nameAt = at + HEADER_BYTES + 1;
      int nameBytes = nameBytes(in, nameAt, bodyBytes - 1);
      if (undecided.await(in, nameAt, nameBytes)) {
        return PAUSE;
      }
      ClientStatement statement = nameBytes == 0 ? null : named.find(in, nameAt, nameBytes);
      if (relay.pin().isSet()) {
        relay.pin().mayEnd();
      }
      if (statement != null) {
        named.close(statement, requests.batch());
        BackendStatement own = preparations.takeOwn(backend, statement);
        backend.owed().add(new Reply.Closed(statement, named, own));
        if (own == null) {
          return FORWARD; // the backend has none of that name, and says that it is closed
        }
        requests.emitFirst();
        backend.write(naming(backend, FrontendMessage.CLOSE, own.name()));
        return DROP;
      } else if (nameBytes == 0) {
        unnamed.close(backend, requests.beginsBatch());
        return FORWARD;
      }
    }
    backend.owed().add(Plain.CLOSE);
    return FORWARD;
  }

  /** A transaction has ended, and no other has begun: there is no portal. */
  @Override
  void transactionEnded() {
    resets.clear();
  }

  /** The session ends. */
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
