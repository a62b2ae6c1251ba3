package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.TextDigest;
import dev.tenantgate.gateway.statements.BindReader;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.PreparedEffects;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements of a client that has a backend of its own: its messages go there as they are. Of what
 * it prepares only the effects are kept, where there are any, so that a later message that runs it
 * is gated. Where nothing of the session is gated, nobody looks at all. Event-loop confined.
 */
final class VerbatimStatements extends Statements {

  private static final List<SessionEffect> NONE = List.of();

  private final PreparedEffects prepared;

  /** Statements were prepared whose texts aren't kept: the unnamed one, and those of SQL. */
  private boolean hasUnnamed;

  private boolean hasOfSql;

  /** Those of SQL may run what has been defined since. */
  private boolean ofSqlHide;

  /** The statement whose long text was the last. */
  private String longName = "";

  VerbatimStatements(Relay relay, Requests requests) {
    super(relay, requests);
    this.prepared = new PreparedEffects(relay.memory());
  }

  @Override
  int prepared() {
    RestorableState restorable = relay.carried().restorable();
    return restorable == null ? 0 : restorable.prepared();
  }

  @Override
  int wantedBytes(byte type, int bodyBytes) {
    if (!relay.server().isGated()) {
      boolean hasText = type == FrontendMessage.QUERY || type == FrontendMessage.PARSE;
      return hasText && relay.trace() != null ? wantedOfText(bodyBytes) : 0;
    }
    return switch (type) {
      case FrontendMessage.QUERY, FrontendMessage.PARSE -> wantedOfText(bodyBytes);
      case FrontendMessage.BIND -> isEmpty() ? 0 : Math.min(bodyBytes, Requests.MOST_TEXT_BYTES);
      case FrontendMessage.EXECUTE ->
          prepared.hasPortals() ? Math.min(bodyBytes, Requests.MOST_NAME_BYTES) : 0;
      case FrontendMessage.CLOSE -> Math.min(bodyBytes, Requests.MOST_NAME_BYTES);
      default -> 0;
    };
  }

  private boolean isEmpty() {
    return !prepared.hasStatements() && !prepared.hasPortals();
  }

  @Override
  int begin(PooledBackend backend, byte type, ByteBuf in, int at, int bodyBytes, boolean inBatch) {
    return FORWARD;
  }

  @Override
  List<SessionEffect> firstEffects(byte type, ByteBuf in, int at, int bodyBytes) {
    if (type == FrontendMessage.BIND && prepared.hasStatements()) {
      BindReader bind = bind(in, at, bodyBytes);
      bind.takeName();
      String statement = bind.takeName();
      return statement == null ? NONE : prepared.ofStatement(statement, requests.batch());
    }
    if (type == FrontendMessage.EXECUTE && prepared.hasPortals()) {
      String portal = portal(in, at, bodyBytes);
      return portal == null ? NONE : prepared.ofPortal(portal, requests.batch());
    }
    return NONE;
  }

  // ---- texts

  @Override
  int query(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (relay.server().isGated() && bodyBytes > Requests.MOST_TEXT_BYTES) {
      requests.queryGoesOut(backend);
      longText().beginQuery(backend);
      return FORWARD;
    }
    ScannedQuery query = scan(in, at + HEADER_BYTES, bodyBytes - 1);
    if (!query.isEmpty()) {
      int verdict = gate.apply(backend, query, null, FrontendMessage.QUERY);
      if (verdict != FORWARD) {
        return verdict;
      }
    } else {
      gate.suspect(backend, NONE);
    }
    requests.queryGoesOut(backend);
    return FORWARD;
  }

  private ScannedQuery scan(ByteBuf in, int textAt, int textBytes) {
    if (look.isPlain(in, textAt, textBytes)) {
      return ScannedQuery.NOTHING;
    }
    ScannedQuery query = look.scan(in, textAt, textBytes);
    look.notePlain(in, textAt, textBytes, query);
    return query;
  }

  @Override
  int parse(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int verdict = relay.server().isGated() ? lookAtParse(backend, in, at, bodyBytes) : FORWARD;
    if (verdict == FORWARD) {
      relay.traffic().parsedAtServer();
      backend.owed().add(parseReply(in, at, bodyBytes));
    }
    return verdict;
  }

  private int lookAtParse(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int nameAt = at + HEADER_BYTES;
    int nameBytes = nameBytes(in, nameAt, bodyBytes);
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      longName = in.toString(nameAt, nameBytes, StandardCharsets.UTF_8);
      isParsed(in, nameAt, nameBytes, TextDigest.OPAQUE);
      longText().beginParse(backend, nameBytes > 0);
      return FORWARD;
    }
    hasUnnamed |= nameBytes == 0;
    int textAt = nameAt + nameBytes + 1;
    ScannedQuery query = scan(in, textAt, textBytes(in, textAt, nameAt + bodyBytes));
    int passed = gate.passSchemas(backend, query);
    if (passed != FORWARD) {
      return passed;
    }
    if (!query.isEmpty() && !prepared.hasRoom(query.effects())) {
      return requests.refuse(
          backend, FrontendMessage.PARSE, relay.memory().refusal("prepared statements"));
    }
    if (!query.isEmpty() || prepared.hasStatements()) {
      isParsed(in, nameAt, nameBytes, query);
    }
    return FORWARD;
  }

  /** A statement with a name is kept, to be prepared again should the backend be lost. */
  private Reply parseReply(ByteBuf in, int at, int bodyBytes) {
    RestorableState restorable = relay.carried().restorable();
    if (restorable == null || !relay.server().isGated() || in.getByte(at + HEADER_BYTES) == 0) {
      return Plain.PARSE;
    }
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      restorable.lose();
      return Plain.PARSE;
    }
    int nameBytes = nameBytes(in, at + HEADER_BYTES, bodyBytes);
    String name = in.toString(at + HEADER_BYTES, nameBytes, StandardCharsets.UTF_8);
    return restorable.parsed(name, in, at + HEADER_BYTES, bodyBytes);
  }

  /** Prepares what the client has prepared on the backend that replaces a lost one. */
  @Override
  void leaseBegins(PooledBackend backend) {
    RestorableState restorable = relay.carried().restorable();
    if (restorable != null) {
      restorable.prepareOn(backend, relay::cantBeRestored);
    }
  }

  private void isParsed(ByteBuf in, int nameAt, int nameBytes, ScannedQuery query) {
    prepared.parsed(
        in.toString(nameAt, nameBytes, StandardCharsets.UTF_8),
        query,
        requests.batch(),
        requests.beginsBatch());
  }

  /** It counts as such since it began. */
  @Override
  void isOpaque(boolean named, ScannedQuery query, boolean defines) {
    if (defines) {
      prepared.adds(longName, SessionEffect.of(EffectKind.DEFINITION), requests.batch());
    }
  }

  // ---- portals

  @Override
  int bind(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int verdict = FORWARD;
    if (isEmpty()) {
      gate.suspect(backend, NONE);
    } else {
      verdict = lookAtBind(backend, in, at, bodyBytes);
    }
    if (verdict == FORWARD) {
      backend.owed().add(Plain.BIND);
    }
    return verdict;
  }

  private int lookAtBind(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    BindReader bind = bind(in, at, bodyBytes);
    String portal = bind.takeName();
    String statement = bind.takeName();
    if (portal == null || statement == null) {
      return FORWARD; // the server says what is wrong
    }
    long batch = requests.batch();
    List<SessionEffect> effects = prepared.ofStatement(statement, batch);
    if (!effects.isEmpty()) {
      int passed = gate.passPlanning(backend, effects, FrontendMessage.BIND);
      if (passed != FORWARD) {
        return passed;
      }
    } else {
      gate.suspect(backend, NONE);
    }
    if (!prepared.hasRoom(effects)) {
      return requests.refuse(backend, FrontendMessage.BIND, relay.memory().refusal("portals"));
    }
    prepared.bound(
        portal, statement, effects.isEmpty() ? BindReader.NO_VALUES : bind.values(), batch);
    return FORWARD;
  }

  private BindReader bind(ByteBuf in, int at, int bodyBytes) {
    return new BindReader(
        in,
        at + HEADER_BYTES,
        Math.min(bodyBytes, Requests.MOST_TEXT_BYTES),
        relay.effects().texts().rules().encoding());
  }

  @Override
  int execute(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    String portal = prepared.hasPortals() ? portal(in, at, bodyBytes) : null;
    List<SessionEffect> effects =
        portal == null ? NONE : prepared.ofPortal(portal, requests.batch());
    if (effects.isEmpty()) {
      gate.suspect(backend, NONE);
    } else {
      int verdict = gate.apply(backend, effects, FrontendMessage.EXECUTE);
      if (verdict != FORWARD) {
        return verdict;
      }
    }
    if (portal != null) {
      prepared.executed(portal, requests.batch());
    }
    backend.owed().add(Plain.EXECUTE);
    return FORWARD;
  }

  private static @Nullable String portal(ByteBuf in, int at, int bodyBytes) {
    return bodyBytes > Requests.MOST_NAME_BYTES ? null : name(in, at + HEADER_BYTES, bodyBytes);
  }

  @Override
  int describe(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    backend.owed().add(Plain.DESCRIBE_PORTAL);
    return FORWARD;
  }

  @Override
  int close(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    Reply closing = Plain.CLOSE;
    RestorableState restorable = relay.carried().restorable();
    if (restorable != null
        && relay.server().isGated()
        && bodyBytes > 2
        && in.getByte(at + HEADER_BYTES) == 'S') {
      if (bodyBytes > Requests.MOST_NAME_BYTES) {
        restorable.lose();
      } else {
        String name = name(in, at + HEADER_BYTES + 1, bodyBytes - 1);
        closing = name == null ? Plain.CLOSE : restorable.closed(name);
      }
    }
    if (prepared.hasStatements()
        && bodyBytes > 1
        && bodyBytes <= Requests.MOST_NAME_BYTES
        && in.getByte(at + HEADER_BYTES) == 'S') {
      prepared.closedStatement(name(in, at + HEADER_BYTES + 1, bodyBytes - 1), requests.batch());
    }
    backend.owed().add(closing);
    return FORWARD;
  }

  // ---- effects

  @Override
  List<SessionEffect> resolved(List<SessionEffect> effects) {
    List<SessionEffect> resolved = prepared.resolved(effects, requests.batch());
    if (ofSqlHide && effects.stream().anyMatch(VerbatimStatements::executes)) {
      resolved.add(SessionEffect.of(EffectKind.HIDDEN_CALL));
    }
    return resolved;
  }

  private static boolean executes(SessionEffect effect) {
    return effect.kind().statements() == EffectKind.Statements.EXECUTES;
  }

  /** Statements with a name are known by their texts; of others nobody knows. */
  @Override
  void judgeAnew() {
    RestorableState restorable = relay.carried().restorable();
    if (restorable == null || !relay.server().isGated()) {
      return;
    }
    SessionEffect hidden = SessionEffect.of(EffectKind.HIDDEN_CALL);
    restorable.forEachStatement(
        (name, body) -> {
          ByteBuf parse = Unpooled.wrappedBuffer(body);
          int textAt = nameBytes(parse, 0, body.length) + 1;
          int textBytes = textBytes(parse, textAt, body.length);
          if (relay.passage().gate().mayHide(parse, textAt, textBytes)) {
            prepared.adds(name, hidden, requests.batch());
          }
        });
    if (hasUnnamed) {
      prepared.adds("", hidden, requests.batch());
    }
    ofSqlHide |= hasOfSql;
  }

  @Override
  void goesOut(PooledBackend backend, SessionEffect effect) {
    hasOfSql |= effect.kind().statements() == EffectKind.Statements.PREPARES;
    prepared.sent(effect, requests.batch());
  }

  /** All that is known is in {@link #resolved} effects. */
  @Override
  @Nullable ClientStatement namedBy(SessionEffect effect) {
    return null;
  }

  @Override
  void answered(boolean failed) {
    prepared.answered(Long.MAX_VALUE, failed);
  }

  @Override
  void transactionEnded() {
    prepared.transactionEnded();
  }
}
