package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.BoundValues;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.EffectSize;
import dev.tenantgate.gateway.scan.ParameterNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import dev.tenantgate.gateway.statements.BindReader;
import dev.tenantgate.gateway.statements.ClientStatement;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of a statement that does something to its session, before it goes out: one
 * that leads to another tenant waits for that tenant; one that can't be carried to another backend
 * pins the session to the one it has, or is refused. Event-loop confined.
 */
final class StatementGate {

  /** Of a text that is too long to be looked at. */
  static final ScannedQuery UNSEEN =
      new ScannedQuery(
          List.of(new ScannedQuery.Step(0, SessionEffect.of(EffectKind.OPAQUE_BODY))), 1, false);

  private final Relay relay;
  private final Requests requests;
  private final Statements statements;
  private final NamedSchemas schemas;
  private boolean wantsValues;

  /** Where the transaction's next statement runs, and when that transaction began. */
  private Whereabouts whereabouts = Whereabouts.of(SessionSettings.NONE);

  private long whereaboutsSince;

  /** Statements were prepared by a PREPARE that may lead where nobody foresees. */
  private boolean preparedHides;

  /** The transaction in which a portal was named that may do so; 0 for none. */
  private long portalHides;

  /** Whether the unnamed portal may do so. */
  private boolean unnamedPortalHides;

  private boolean bindsNamed;

  StatementGate(Relay relay, Requests requests, Statements statements) {
    this.relay = relay;
    this.requests = requests;
    this.statements = statements;
    this.schemas = new NamedSchemas(relay.memory(), statements::namedBy);
  }

  /** Whether a statement was seen whose effect depends on the values of its Bind. */
  boolean wantsValues() {
    return wantsValues;
  }

  /** Notes a statement that may be bound from now on. */
  void mayBeBound(ScannedQuery query) {
    wantsValues |=
        query.has(EffectKind.SET_CONFIG)
            || query.has(EffectKind.SIGNAL_BACKEND)
            || TextLook.mayLeaveUnknown(query.effects());
  }

  /**
   * Lets a statement's effects through, or not.
   *
   * @param values the rest of a Bind behind its names; null for a Query
   * @param type the message's, for the refusal
   * @return a verdict of {@link Requests#frame}
   */
  int apply(PooledBackend backend, ScannedQuery query, @Nullable ByteBuf values, byte type) {
    List<SessionEffect> effects = statements.resolved(effectsOf(query, values));
    if (relay.server().isShared() && values != null && TextLook.mayLeaveUnknown(effects)) {
      ParameterNames.addFrom(
          values, values.readerIndex(), values.readableBytes(), relay.effects().candidates());
    }
    return apply(backend, effects, query.exact(), !query.equals(UNSEEN), type);
  }

  /** The same of effects that are known to their values. */
  int apply(PooledBackend backend, List<SessionEffect> effects, byte type) {
    return apply(backend, statements.resolved(effects), true, true, type);
  }

  private int apply(
      PooledBackend backend, List<SessionEffect> effects, boolean exact, boolean seen, byte type) {
    if (!effects.isEmpty() && !hasRoom(effects)) {
      return requests.refuse(backend, type, lackOfMemory());
    }
    int passed = passSchemas(backend, effects, type);
    if (passed == Requests.FORWARD) {
      passed = passPaths(backend, effects, type);
    }
    if (passed == Requests.FORWARD) {
      passed = note(backend, effects, exact, type);
    }
    if (passed == Requests.FORWARD && seen) {
      suspect(backend, effects);
      if (leadUnforeseen(effects)) {
        expect(backend);
      }
    }
    return passed;
  }

  /** Whether there is memory for what a statement does to the session. */
  boolean hasRoom(List<SessionEffect> effects) {
    return relay.memory().hasRoom(EffectSize.of(effects));
  }

  /** Why a statement is refused for which there is none. */
  Report lackOfMemory() {
    return relay.memory().refusal("parameters, portals and channels");
  }

  /** A statement goes out that may run what was defined lately. */
  void suspect(PooledBackend backend, List<SessionEffect> effects) {
    if (statements.definitions.mayBeRunBy(effects)) {
      relay.carried().suspect();
      expect(backend);
    }
  }

  private int passPaths(PooledBackend backend, List<SessionEffect> effects, byte type) {
    for (SessionEffect effect : effects) {
      Report objection = relay.passage().gate().objection(effect);
      if (objection != null) {
        return requests.refuse(backend, type, objection);
      }
      String path = pathBehind(effect);
      if (path != null
          && relay.passage().gate().leadsElsewhere(path)
          && !relay.passage().into(path, !backend.isInBlock())) {
        Report refusal = relay.passage().takeRefusal();
        return refusal == null ? Requests.PAUSE : requests.refuse(backend, type, refusal);
      }
    }
    return Requests.FORWARD;
  }

  /** Notes what the statement does to the session, or refuses what can't be pooled. */
  private int note(PooledBackend backend, List<SessionEffect> effects, boolean exact, byte type) {
    boolean doomed = backend.isInFailedTransaction() && backend.owed().isEmpty();
    if (!backend.isInBlock()) {
      relay.effects().parameters().transactionChanges();
    }
    relay.effects().areIn(requests.batch());
    for (SessionEffect effect : effects) {
      doomed &= !endsTransaction(effect);
      if (doomed && exact) {
        continue; // the server refuses it, and all up to the transaction's end
      }
      if (relay.trace() != null) {
        relay.trace().note(effect);
      }
      PinReason reason = note(effect);
      if (reason != null && relay.server().refusesUnpoolable() && !relay.pin().isSet()) {
        return requests.refuse(backend, type, unpoolable(reason.words()));
      }
      if (reason != null && reason.isLasting()) {
        relay.pin().set(reason);
      }
      statements.goesOut(backend, effect);
      statements.definitions.note(effect.kind(), backend);
    }
    return Requests.FORWARD;
  }

  private @Nullable PinReason note(SessionEffect effect) {
    PinReason reason = relay.carried().note(effect);
    if (effect.kind() == EffectKind.UNSEEN_STATE && relay.server().refusesUnpoolable()) {
      return PinReason.FUNCTION; // the rest shows when it is too late to refuse
    }
    if (reason == PinReason.UNKNOWN_PARAMETER && relay.server().refusesUnpoolable()) {
      return null; // others never meet it; the session itself may lose it
    }
    if (reason == PinReason.PREPARE && statements.namedBy(effect) != null) {
      return null; // it leaves nothing that wasn't there
    }
    return reason;
  }

  /**
   * A statement with these effects is planned: the names in it are looked up, and a function that
   * calls itself immutable may run.
   */
  int passPlanning(PooledBackend backend, List<SessionEffect> effects, byte type) {
    int passed = passSchemas(backend, effects, type);
    if (passed == Requests.FORWARD) {
      suspect(backend, effects);
      if (leadUnforeseen(effects)) {
        relay.unforeseen().expect(backend);
        noteUnforeseen(effects);
      }
    }
    return passed;
  }

  /** They may have run although nothing is executed. */
  private void noteUnforeseen(List<SessionEffect> effects) {
    for (SessionEffect effect : effects) {
      if (effect.kind().path() == EffectKind.Path.UNFORESEEN) {
        relay.carried().note(effect);
      }
    }
  }

  /**
   * Whether a session that may not begin a transaction where it is goes elsewhere by the first
   * statement of one.
   */
  boolean leaves(List<SessionEffect> first) {
    Whereabouts here = Whereabouts.of(relay.carried().current());
    SessionSettings start = relay.effects().startup();
    Whereabouts there = here;
    for (SessionEffect effect : first) {
      Whereabouts next = there.behind(effect, start);
      there = next == null ? there : next;
    }
    TenantGate gate = relay.passage().gate();
    return !there.equals(here) && gate.leadsElsewhere(gate.resolved(there.path(), there.user()));
  }

  /** The names of a text that is prepared are looked up at once. */
  int passSchemas(PooledBackend backend, ScannedQuery query) {
    SessionEffect.NamesSchemas named = query.namesSchemas();
    return named == null
        ? Requests.FORWARD
        : passSchemas(backend, List.of(named), FrontendMessage.PARSE);
  }

  private int passSchemas(PooledBackend backend, List<SessionEffect> effects, byte type) {
    for (SessionEffect effect : effects) {
      SessionEffect.NamesSchemas named = schemas.namedBy(effect);
      if (named != null && !relay.passage().intoSchemas(named)) {
        Report refusal = relay.passage().takeRefusal();
        return refusal == null ? Requests.PAUSE : requests.refuse(backend, type, refusal);
      }
    }
    return Requests.FORWARD;
  }

  /** The path that a statement leads to, without {@code $user}; null if it leads nowhere. */
  private @Nullable String pathBehind(SessionEffect effect) {
    if (!mayMove(effect.kind())) {
      return null;
    }
    if (whereaboutsSince != relay.passage().beganNanos()) {
      whereaboutsSince = relay.passage().beganNanos();
      whereabouts = Whereabouts.of(relay.carried().current());
    }
    Whereabouts next = whereabouts.behind(effect, relay.effects().startup());
    if (next == null) {
      return null;
    }
    whereabouts = next;
    return relay.passage().gate().resolved(next.path(), next.user());
  }

  /** Whether it can be told from its text that a statement leads elsewhere. */
  private static boolean mayMove(EffectKind kind) {
    return switch (kind.path()) {
      case BY_VALUE, BACK -> true;
      case STAYS, UNFORESEEN -> false;
    };
  }

  /** The same of a text that nobody has seen whole: it may do anything when it is run. */
  int applyUnseen(PooledBackend backend, byte type) {
    int verdict = apply(backend, UNSEEN, null, type);
    if (verdict == Requests.FORWARD) {
      statements.definitions.define(backend);
      expect(backend);
    }
    return verdict;
  }

  private void expect(PooledBackend backend) {
    relay.unforeseen().expect(backend);
    if (bindsNamed) {
      portalHides = relay.lease().number();
    } else {
      unnamedPortalHides = true;
    }
  }

  /** A portal is made, named or not, by a Bind whose effects are applied next. */
  void isBound(boolean named) {
    bindsNamed = named;
    unnamedPortalHides &= named;
  }

  /** An Execute goes out, perhaps of a portal from an exchange before. */
  void execute(PooledBackend backend) {
    suspect(backend, List.of());
    if (unnamedPortalHides || portalHides == relay.lease().number()) {
      relay.unforeseen().expect(backend);
    }
  }

  private boolean leadUnforeseen(List<SessionEffect> effects) {
    boolean unforeseen = false;
    boolean prepares = false;
    for (SessionEffect effect : effects) {
      unforeseen |= Whereabouts.areUnforeseen(effect);
      switch (effect.kind().statements()) {
        case PREPARES -> {
          prepares = true;
          preparedHides |=
              !NamedSchemas.areAll(((SessionEffect.PrepareStatement) effect).effects());
        }
        case EXECUTES -> unforeseen |= preparedHides;
        case NONE, DROPS, DROPS_ALL, DISCARDS -> {}
      }
      ClientStatement named = statements.namedBy(effect);
      unforeseen |= named != null && !NamedSchemas.areAll(named.text().scanned().effects());
    }
    preparedHides |= unforeseen && prepares;
    return unforeseen;
  }

  /** Whether a statement with this effect is run in a transaction that has failed. */
  private static boolean endsTransaction(SessionEffect effect) {
    return effect.kind().endsFailure();
  }

  private List<SessionEffect> effectsOf(ScannedQuery query, @Nullable ByteBuf values) {
    List<ScannedQuery.Step> steps = query.steps();
    if (steps.size() == 1) {
      return List.of(effectOf(steps.get(0), values));
    }
    List<SessionEffect> effects = new ArrayList<>(steps.size());
    for (ScannedQuery.Step step : steps) {
      effects.add(effectOf(step, values));
    }
    return effects;
  }

  private SessionEffect effectOf(ScannedQuery.Step step, @Nullable ByteBuf values) {
    SessionEffect effect = step.effect();
    return values != null && effect.kind().parameters() == EffectKind.Parameters.COMPUTED
        ? effect.bound(boundValues(values))
        : effect;
  }

  private BoundValues boundValues(ByteBuf values) {
    return new BindReader(
            values,
            values.readerIndex(),
            values.readableBytes(),
            relay.effects().texts().rules().encoding())
        .values();
  }

  /** Why what can't be foreseen may not be sent at all; null if it may. */
  @Nullable Report objectionToOpaque() {
    Report objection = relay.passage().gate().objectionToUnseen();
    return objection == null && relay.server().refusesUnpoolable()
        ? unpoolable("a text of more than %d bytes".formatted(Requests.MOST_TEXT_BYTES))
        : objection;
  }

  /** Whether a query does no more than begin and end transactions. */
  static boolean isTransactionControl(ScannedQuery query) {
    for (SessionEffect effect : query.effects()) {
      if (!effect.kind().isTransactionControl()) {
        return false;
      }
    }
    return true;
  }

  static Report unpoolable(String reason) {
    return new Report(
        Severity.ERROR,
        SqlState.FEATURE_NOT_SUPPORTED.code(),
        reason + " can't be pooled",
        "The session shares its backends with others, transaction by transaction.",
        "Use pool.mode: session, or pool.unpoolable: pin, which gives such a session a backend of"
            + " its own.");
  }
}
