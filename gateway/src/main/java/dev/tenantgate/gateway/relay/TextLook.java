package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.routines.RoutinePattern;
import dev.tenantgate.gateway.routines.TextDefinitions;
import dev.tenantgate.gateway.scan.DefinitionWords;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.ParameterNames;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.ServerDefinitions;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.statements.StatementText;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A look at a text or a prepared statement: what it does to its session, by its words and by what
 * is known of the database. Event-loop confined.
 */
final class TextLook {

  /** Statements that end what a session is pinned for have one of these words in them. */
  private static final RoutineNames ENDING =
      RoutineNames.of(
          List.of(
              "drop",
              "close",
              "unlisten",
              "deallocate",
              "discard",
              "do",
              "call",
              "pg_advisory_unlock",
              "pg_advisory_unlock_shared",
              "pg_advisory_unlock_all"));

  /** By this word a body runs a text that may be of any kind. */
  private static final RoutineNames RUNNING = RoutineNames.of(List.of("execute"));

  private final Relay relay;
  private final LongLook looks;

  TextLook(Relay relay, LongLook looks) {
    this.relay = relay;
    this.looks = looks;
  }

  /** The one statement of a client's that a query drops and does nothing else; null if not so. */
  static @Nullable String onlyDeallocates(ScannedQuery query) {
    return query.statements() == 1
            && query.steps().size() == 1
            && query.steps().get(0).effect().kind().statements() == EffectKind.Statements.DROPS
        ? SqlNames.nameIn(query.steps().get(0).effect())
        : null;
  }

  /**
   * Whether a text is known to do nothing to its session, so that nobody has to look at it again.
   */
  boolean isPlain(ByteBuf in, int at, int bytes) {
    if (!relay.server().isGated()) {
      return true;
    }
    PlainTexts plain = plainTexts();
    return plain != null && plain.has(in, at, bytes);
  }

  /** Keeps a text that has been looked at in mind, if it comes again and nothing was found. */
  void notePlain(ByteBuf in, int at, int bytes, ScannedQuery query) {
    PlainTexts plain = looks.found() == null ? plainTexts() : null;
    if (plain != null
        && query.equals(ScannedQuery.NOTHING)
        && plain.isRepeated()
        && !ServerDefinitions.mayConcern(in, at, bytes)
        && SqlScan.definitionAt(in, at, bytes) < 0
        && !relay.sequences().concerns(in, at, bytes)) {
      plain.add(in, at, bytes);
    }
  }

  /** Null where a text has to be looked at for more than what it does to any session. */
  private @Nullable PlainTexts plainTexts() {
    return relay.pin().isSet()
            || relay.effects().texts().areInDoubt()
            || !relay.effects().texts().rules().equals(LexicalRules.DEFAULT)
        ? null
        : relay.server().plainTexts();
  }

  /** Looks at a text, also for what it doesn't show. */
  ScannedQuery scan(ByteBuf in, int at, int bytes) {
    return scan(in, at, bytes, true);
  }

  /** The same of a text without its literals, of which it can't be said what it defines. */
  ScannedQuery scanDigest(ByteBuf in, int at, int bytes) {
    return scan(in, at, bytes, false);
  }

  private ScannedQuery scan(ByteBuf in, int at, int bytes, boolean whole) {
    LongLook.Found found = looks.found();
    LexicalRules rules = relay.effects().texts().rules();
    QualifiedNames names = relay.passage().gate().qualified();
    ScannedQuery query = found == null ? SqlScan.scan(in, at, bytes, rules) : found.query();
    if (query.isSelfContained(in, at, bytes) && !isInDoubt(in, at, bytes)) {
      return query;
    }
    if (found == null) {
      query = names.addTo(query, in, at, bytes, rules);
    }
    if (isInDoubt(in, at, bytes)) {
      query = names.addTo(query.withHidden(), in, at, bytes, rules.otherStrings());
    }
    noteEndOfPin(in, at, bytes);
    if (onlyDeallocates(query) != null) {
      return query;
    }
    if (relay.passage().gate().mayHide(in, at, bytes)) {
      query = query.withHiddenCall();
    }
    if (whole) {
      query = withDefinition(query, in, at, bytes);
    }
    return noteCandidates(withUnseen(query, in, at, bytes), in, at, bytes);
  }

  /** The same, and that it defines what may lead elsewhere, where it may. */
  private ScannedQuery withDefinition(ScannedQuery query, ByteBuf in, int at, int bytes) {
    boolean names = query.has(EffectKind.HIDDEN_CALL);
    TextDefinitions definitions = definitions(query, in, at, bytes);
    boolean leads =
        definitions.defines()
            ? names || definitions.leads() || relay.requests().statements().definitions().mayBeRun()
            : runs(query, in, at, bytes);
    if (!leads) {
      return query;
    }
    LexicalRules rules = relay.effects().texts().rules();
    boolean hidden =
        names || query.has(EffectKind.OPAQUE_BODY) || SqlScan.onlyDefines(in, at, bytes, rules);
    return (hidden ? query : query.withHiddenCall()).with(SessionEffect.of(EffectKind.DEFINITION));
  }

  /** Whether it runs a body or a text that may define something. */
  private boolean runs(ScannedQuery query, ByteBuf in, int at, int bytes) {
    boolean body = query.has(EffectKind.OPAQUE_BODY);
    return (body || query.has(EffectKind.HIDDEN_CALL))
        && (looks.found() != null
            || DefinitionWords.areIn(in, at, bytes)
            || (body && RUNNING.mentionedIn(in, at, bytes)));
  }

  private TextDefinitions definitions(ScannedQuery query, ByteBuf in, int at, int bytes) {
    LongLook.Found found = looks.found();
    return found == null ? TextDefinitions.find(in, at, bytes, query) : found.definitions();
  }

  /** Whether parameters may be set whose names aren't known from the text. */
  static boolean mayLeaveUnknown(List<SessionEffect> effects) {
    for (SessionEffect effect : effects) {
      if (leavesUnknown(effect)) {
        return true;
      }
    }
    return false;
  }

  private static boolean leavesUnknown(SessionEffect effect) {
    return effect.kind().maySetUnnamed();
  }

  private ScannedQuery noteCandidates(ScannedQuery query, ByteBuf in, int at, int bytes) {
    if (!relay.server().isShared()) {
      return query;
    }
    for (ScannedQuery.Step step : query.steps()) {
      if (leavesUnknown(step.effect())) {
        LongLook.Found found = looks.found();
        if (found == null) {
          ParameterNames.addFrom(in, at, bytes, relay.effects().candidates());
        } else {
          ParameterNames.add(found.parameters(), relay.effects().candidates());
        }
        break;
      }
    }
    return query;
  }

  /** Whether the server may read a text by other rules than those that are known. */
  boolean isInDoubt(ByteBuf in, int at, int bytes) {
    return relay.effects().texts().areInDoubt() && dependsOnRules(in, at, bytes);
  }

  /** Whether a text may be read otherwise by other {@code LexicalRules}. */
  private static boolean dependsOnRules(ByteBuf in, int at, int bytes) {
    return in.forEachByte(at, bytes, b -> b >= 0 && b != '\\') >= 0;
  }

  private ScannedQuery withUnseen(ScannedQuery query, ByteBuf in, int at, int bytes) {
    if (!relay.server().isShared()) {
      return query; // nobody else meets what is left
    }
    SessionEffect unseen = relay.server().unpoolableRoutines().usedBy(in, at, bytes);
    if (query.has(EffectKind.OPAQUE_BODY)
        && RoutinePattern.UNTRACEABLE.isIn(in.toString(at, bytes, StandardCharsets.ISO_8859_1))) {
      unseen = new SessionEffect.UnseenState(false);
    }
    boolean unproven = relay.server().canNotBeProven(in, at, bytes);
    if (unproven && relay.server().nothingIsProven()) {
      query = query.withUnproven(); // an event trigger may run at a definition
      unproven = false;
    }
    if ((unseen == null && !unproven)
        || SqlScan.onlyDefines(in, at, bytes, relay.effects().texts().rules())) {
      return query;
    }
    ScannedQuery more = unproven ? query.withUnproven() : query;
    return unseen == null ? more : more.with(unseen);
  }

  /** The reason for a pin may end with a statement that has one of the words for that. */
  private void noteEndOfPin(ByteBuf in, int at, int bytes) {
    if (relay.pin().isSet() && ENDING.mentionedIn(in, at, bytes)) {
      relay.pin().mayEnd();
    }
  }

  /** A prepared statement's effects, by what is known of the database's functions now. */
  ScannedQuery known(StatementText text) {
    ScannedQuery query = text.scanned();
    if (!query.has(EffectKind.UNPROVEN)
        && text.isUnproven(
            relay.server().provenBy(),
            in -> relay.server().canNotBeProven(in, 0, in.readableBytes()))) {
      query = query.withUnproven();
      relay.server().statementTexts().use(text);
      ByteBuf in = text.text();
      ParameterNames.addFrom(in, 0, in.readableBytes(), relay.effects().candidates());
    }
    boolean known =
        relay.server().unpoolableRoutines().equals(UnpoolableRoutines.NONE)
            || query.has(EffectKind.UNSEEN_STATE);
    if (known && !relay.pin().isSet()) {
      return query;
    }
    relay.server().statementTexts().use(text);
    ByteBuf in = text.text();
    noteEndOfPin(in, 0, in.readableBytes());
    return known ? query : withUnseen(query, in, 0, in.readableBytes());
  }

  /**
   * Notes what the client defines. Names may mean something else afterwards. A new function may set
   * parameters that no statement shows. A changed role or database concerns the sessions to come.
   */
  void noteDefinitions(ByteBuf in, int at, int bytes, ScannedQuery query) {
    if (!relay.server().isShared() || query.isSelfContained(in, at, bytes)) {
      return;
    }
    if ((query.statements() > 1 || ServerDefinitions.mayConcern(in, at, bytes))
        && ServerDefinitions.alters(in, at, bytes)) {
      relay.effects().alterServer();
      ServerDefinitions.needs(in, at, bytes).forEach(relay.server()::release);
    }
    TextDefinitions definitions = definitions(query, in, at, bytes);
    if (definitions.changesNames()) {
      relay.effects().changeNames();
    }
    if (definitions.defines()) {
      relay.effects().define();
    }
    if (!definitions.hidden().isEmpty()) {
      definitions.hidden().forEach(relay.server()::expectHidden);
    }
  }

  /** Whether a text names what may have an effect of its own. */
  boolean mayHide(ByteBuf text, int at, int bytes) {
    return relay.passage().gate().mayHide(text, at, bytes)
        || relay.server().unpoolableRoutines().usedBy(text, at, bytes) != null
        || relay.server().canNotBeProven(text, at, bytes);
  }
}
