package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.TextDigest;
import dev.tenantgate.gateway.settings.NameSet;
import dev.tenantgate.gateway.tenant.Refusal;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A text that is too long to wait for: it goes to the backend as it comes, and is scanned as it
 * passes. The server does nothing before its end, by which it is known what it does. Event-loop
 * confined.
 */
final class LongText {

  /** Of a statement that streams, which can't be held. */
  private static final Refusal TOO_LONG =
      new Refusal(
          Refusal.CANNOT_CONNECT_NOW,
          "a statement names schemas of tenants that aren't up to date",
          "It is longer than 1 MiB, and can't be held.",
          "Try again once they are up to date, or set search_path before it.");

  /** Of so long a text it isn't read what it defines. */
  private static final RoutineNames DEFINING = RoutineNames.of(List.of("create", "alter"));

  /** Of a text that may define what it runs. */
  private static final ScannedQuery DEFINES =
      ScannedQuery.NOTHING.withHiddenCall().with(SessionEffect.of(EffectKind.DEFINITION));

  private final Relay relay;
  private final Requests requests;
  private final TextLook look;
  private final StatementGate effects;
  private final Statements statements;
  private @Nullable TextDigest digest;
  private @Nullable PooledBackend backend;
  private byte type;
  private boolean named;

  /** It may define what leads elsewhere. */
  private boolean defines;

  /** The tenants' schemas that it names. */
  private final Set<String> schemas = new NameSet();

  LongText(
      Relay relay, Requests requests, TextLook look, StatementGate effects, Statements statements) {
    this.relay = relay;
    this.requests = requests;
    this.look = look;
    this.effects = effects;
    this.statements = statements;
  }

  /** The text of the Query at hand follows. */
  void beginQuery(PooledBackend to) {
    begin(to, FrontendMessage.QUERY);
  }

  /** The text of the Parse at hand follows, behind the statement's name. */
  void beginParse(PooledBackend to, boolean underName) {
    named = underName;
    begin(to, FrontendMessage.PARSE);
  }

  private void begin(PooledBackend to, byte messageType) {
    LexicalRules rules = relay.effects().texts().rules();
    QualifiedNames names = relay.passage().gate().qualified();
    TextDigest begun =
        new TextDigest(
            rules,
            text -> {
              schemas.addAll(names.find(text, 0, text.writerIndex(), rules));
              defines |= DEFINING.mentionedIn(text, 0, text.writerIndex());
              return look.mayHide(text, 0, text.writerIndex());
            });
    schemas.clear();
    defines = false;
    digest = messageType == FrontendMessage.PARSE ? begun.behindName() : begun;
    backend = to;
    type = messageType;
    requests.watch();
  }

  /** The next part of it; whether it may go on. */
  boolean passing(ByteBuf in, int at, int bytes, boolean last) {
    TextDigest text = Objects.requireNonNull(digest);
    text.add(in, at, bytes);
    if (!last) {
      return true;
    }
    digest = null;
    return conclude(text, Objects.requireNonNull(backend));
  }

  private boolean conclude(TextDigest text, PooledBackend to) {
    ByteBuf whole = text.whole();
    ScannedQuery query = text.end();
    return mayNameSchemas() && conclude(query, whole, to);
  }

  /** Half of it is sent: it can't be held any more. */
  private boolean mayNameSchemas() {
    TransactionAdmission passage = relay.passage();
    if (schemas.isEmpty()
        || passage.intoSchemas(new SessionEffect.NamesSchemas(List.copyOf(schemas)))) {
      return true;
    }
    passage.withdraw();
    Report refusal = passage.takeRefusal();
    Report report = refusal == null ? TenantGate.report(TOO_LONG) : refusal;
    relay.failLater(report.asFatal());
    return false;
  }

  private boolean conclude(ScannedQuery found, @Nullable ByteBuf whole, PooledBackend to) {
    ScannedQuery query = found;
    if (whole != null) {
      query = look.scanDigest(whole, 0, whole.writerIndex());
      look.noteDefinitions(whole, 0, whole.writerIndex(), query);
    }
    if (type == FrontendMessage.QUERY && !query.isEmpty() && !effects.hasRoom(query.effects())) {
      relay.failLater(effects.lackOfMemory().asFatal());
      return false;
    }
    if (query.isEmpty() || isTransactionControl(query)) {
      return pass(query, to);
    }
    defines |= query.has(EffectKind.OPAQUE_BODY);
    // Half of the text is sent, so that it can't be refused any more: its end is never sent.
    Report objection = effects.objectionToOpaque();
    if (objection != null) {
      relay.failLater(objection.asFatal());
      return false;
    }
    if (type == FrontendMessage.QUERY) {
      effects.apply(to, StatementGate.UNSEEN, null, type);
      relay.unforeseen().expect(to);
      define(to);
      relay.unforeseen().exchangeEnds(to, requests.isBehindBatch());
    } else {
      statements.isOpaque(named, StatementGate.UNSEEN, defines);
    }
    return true;
  }

  private boolean isTransactionControl(ScannedQuery query) {
    return type == FrontendMessage.QUERY && StatementGate.isTransactionControl(query);
  }

  /** A text that does no more to its session than begin and end transactions, if as much. */
  private boolean pass(ScannedQuery query, PooledBackend to) {
    if (type == FrontendMessage.PARSE) {
      if (defines) {
        statements.isOpaque(named, DEFINES, true);
      }
      return true;
    }
    boolean passed = true;
    define(to);
    if (query.isEmpty()) {
      effects.suspect(to, List.of());
    } else {
      passed = effects.apply(to, query, null, type) == Requests.FORWARD;
    }
    relay.unforeseen().exchangeEnds(to, requests.isBehindBatch());
    return passed;
  }

  private void define(PooledBackend to) {
    if (defines) {
      statements.definitions().define(to);
    }
  }
}
