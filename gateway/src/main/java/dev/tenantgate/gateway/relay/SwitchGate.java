package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.GateWait;
import dev.tenantgate.gateway.gate.GateWait.Outcome;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.FrameStream.Fate;
import dev.tenantgate.gateway.relay.TenantSwitches.Verdict;
import dev.tenantgate.gateway.relay.TenantSwitches.Verdict.Forbidden;
import dev.tenantgate.gateway.relay.TenantSwitches.Verdict.Leads;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gate within an open session. It stands at three places:
 *
 * <ul>
 *   <li>before the first message of a transaction, where the session's tenant may have stopped
 *       being current since the last;
 *   <li>before a message whose statements lead to another tenant, which waits, goes on, or is
 *       refused;
 *   <li>behind an exchange after which the session is elsewhere than anybody could foresee. The
 *       server reports that by itself (PostgreSQL 18), else it is asked wherever statements were
 *       sent whose effect isn't known. Nothing goes to the server before the gate has answered;
 *       what has gone already isn't answered anymore, the session ends.
 * </ul>
 *
 * <p>Event-loop confined.
 */
final class SwitchGate {

  private final @Nullable Route route;
  private final StatementLedger ledger;
  private final ServerReports reports;
  private final Sides sides;

  /** The message that waits is waiting for this. */
  private @Nullable GateWait hold;

  /** Takes the outcome of that wait. */
  private Consumer<Outcome> holdEnds = outcome -> {};

  /** What came of it, for the message to be looked at again. */
  private @Nullable Outcome decision;

  /** Where the session was when a transaction began last, and the question whether it may. */
  private @Nullable Routed enteredRoute;

  private @Nullable AdmissionRequest entry;

  private final TransactionTrace trace = new TransactionTrace();

  /** What came of a transaction's wait for its beginning; only while its message is looked at. */
  private @Nullable Outcome entering;

  /** Where the message that is looked at leads. */
  private Leads leads = Leads.NOWHERE;

  /** The session is somewhere already, and waits to be admitted there. */
  private @Nullable GateWait arrival;

  private @Nullable RefusedMessage standIn;

  /** Statements were sent of which only the server knows what they do to the session. */
  private boolean unsure;

  /** Nothing may follow the exchange that was sent until it is answered. */
  private boolean barrier;

  private boolean asking;

  /** What the gate does to the two sides of the relay. */
  interface Sides {
    /** The frontend's messages go on. */
    void goOn();

    /** The same, once what is being done now is done. */
    void goOnLater();

    /** The client is told something, if that can be said right now. */
    void tell(Report report);

    /** The server is asked for one value; see {@link SwitchGate#answered}. */
    void ask(ByteBuf query);

    /** The session ends, with nothing more forwarded. */
    void unforeseenSwitch(Refusal refusal);

    /** What answers the message at hand, and all behind it, is kept from the client for now. */
    void withhold();

    /** Whether rows are withheld, more than one value. */
    boolean withholdsRows();

    /** What is withheld goes to the client. */
    void letOut();

    /** Whether it is still on its way. */
    boolean isLettingOut();

    Channel frontend();
  }

  SwitchGate(@Nullable Route route, StatementLedger ledger, ServerReports reports, Sides sides) {
    this.route = route;
    this.ledger = ledger;
    this.reports = reports;
    this.sides = sides;
  }

  // ---- before a message

  /** Whether a message may be sent now, whatever it does. */
  boolean mayGoOn(byte type) {
    if (type == FrontendMessage.TERMINATE || isCopied(type)) {
      return true; // copied data is part of the exchange that waits for it, whatever stands there
    }
    boolean behindBarrier = barrier && !ledger.isOpen() && !ledger.owesNothing();
    if (behindBarrier && (ledger.isPassingOver() || isPassedOverWhileCopying(type))) {
      return true; // it runs nothing, and the exchange may have to wait for it
    }
    return !behindBarrier && !asking && arrival == null && !sides.isLettingOut();
  }

  private boolean isPassedOverWhileCopying(byte type) {
    if (!ledger.isCopying()) {
      return false;
    }
    if (type != FrontendMessage.SYNC && type != FrontendMessage.FLUSH) {
      throw new ProtocolViolation(
          "unexpected message of type %s while data is copied"
              .formatted(FrameCursor.describe(type)));
    }
    return true;
  }

  private static boolean isCopied(byte type) {
    return type == FrontendMessage.COPY_DATA
        || type == FrontendMessage.COPY_DONE
        || type == FrontendMessage.COPY_FAIL;
  }

  /** Whether messages that wait for nothing but an exchange are to be looked at again. */
  boolean mayBeFollowed() {
    return barrier && hold == null && (ledger.isPassingOver() || ledger.isCopying());
  }

  /** Whether a transaction may begin where the session is. */
  boolean mayBegin() {
    if (route == null || entering instanceof Outcome.Admitted) {
      trace.begin();
      return true;
    }
    Routed here = route.switches().whereabouts(ledger.settings());
    if (here == null || here.schemas().isEmpty()) {
      trace.begin();
      return true;
    }
    if (!here.equals(enteredRoute)) {
      enteredRoute = here;
      entry =
          new AdmissionRequest(here, route.switches().requirement(), sides.frontend().eventLoop());
    }
    boolean may = route.gate().mayGoOn(Objects.requireNonNull(entry));
    if (may) {
      trace.begin();
    }
    return may;
  }

  /** Where the transaction under way began, and has come to since. */
  TransactionTrace trace() {
    return trace;
  }

  /** Whether the transaction under way began in that schema, or has come there since. */
  boolean touches(SchemaRef schema) {
    return route != null
        && trace.touches(schema, route.switches().whereabouts(ledger.settings()), enteredRoute);
  }

  /** The first message of a transaction that may not begin; asked again after a wait. */
  Fate enter(List<SessionEffect> effects) {
    if (route == null || route.switches().leave(ledger.expected(), effects)) {
      return Fate.PASS;
    }
    if (entering != null) {
      Outcome decided = entering;
      entering = null;
      return decided instanceof Outcome.Refused rejected ? refused(rejected.refusal()) : Fate.PASS;
    }
    GateWait waiting =
        hold(
            route,
            new Leads(List.of(Objects.requireNonNull(enteredRoute)), true),
            this::entryDecided);
    Outcome outcome = waiting.begin();
    if (outcome == null) {
      hold = waiting;
      holdEnds = this::entryDecided;
      return Fate.STOP;
    }
    return outcome instanceof Outcome.Refused rejected ? refused(rejected.refusal()) : Fate.PASS;
  }

  private void entryDecided(Outcome outcome) {
    hold = null;
    entering = outcome;
    sides.goOn();
    entering = null;
  }

  /** Whether statements with these effects may be sent now; asked again after a wait. */
  Fate judge(List<SessionEffect> effects) {
    if (route == null || (ledger.isUnchanged() && areTransactionControl(effects))) {
      return Fate.PASS;
    }
    if (decision != null) {
      Outcome decided = decision;
      decision = null;
      return concluded(decided);
    }
    Verdict verdict =
        route
            .switches()
            .judge(
                ledger.expected(), ledger.prepared().resolved(effects, ledger.exchange()), trace);
    if (verdict instanceof Forbidden forbidden) {
      return refused(forbidden.refusal());
    }
    leads = (Leads) verdict;
    barrier |= ServerReports.mayChangeRules(effects);
    if (leads.routes().isEmpty()) {
      return concluded(Outcome.Admitted.SILENTLY);
    }
    GateWait waiting = hold(route, leads, this::decided);
    Outcome outcome = waiting.begin();
    if (outcome == null) {
      hold = waiting;
      holdEnds = this::decided;
      return Fate.STOP;
    }
    return concluded(outcome);
  }

  /** Whether a text calls what may lead elsewhere without showing it. */
  boolean mayHide(ByteBuf text, int from, int bytes) {
    return route != null && route.switches().mayHide(text, from, bytes);
  }

  /**
   * Whether a long text that names schemas may end, of which the beginning is sent. It can't be
   * held any more: where it may not go on, the session ends.
   */
  boolean mayEnd(SessionEffect.NamesSchemas named) {
    if (route == null) {
      return true;
    }
    Verdict verdict = route.switches().judge(ledger.expected(), List.of(named), trace);
    if (verdict instanceof Forbidden forbidden) {
      sides.unforeseenSwitch(forbidden.refusal());
      return false;
    }
    Leads where = (Leads) verdict;
    GateWait waiting = hold(route, where, outcome -> {});
    Outcome outcome = waiting.begin();
    if (outcome instanceof Outcome.Admitted) {
      trace.visit(where.routes());
      return true;
    }
    waiting.cancel();
    sides.unforeseenSwitch(
        outcome instanceof Outcome.Refused rejected ? rejected.refusal() : TenantSwitches.TOO_LONG);
    return false;
  }

  /** What texts are looked at for. */
  QualifiedNames qualified() {
    return route == null ? QualifiedNames.NONE : route.switches().qualified();
  }

  /** Whether a FunctionCall of this function may lead elsewhere. */
  boolean mayLead(int function) {
    return route != null && route.switches().mayLead(function);
  }

  /** A message is sent whose statements nobody could look at. */
  void passedUnseen() {
    if (route != null) {
      unsure = true;
      barrier = true;
      sides.withhold();
    }
  }

  /** What takes the place of the message just refused. */
  RefusedMessage standIn() {
    return Objects.requireNonNull(standIn);
  }

  private Fate concluded(Outcome outcome) {
    if (outcome instanceof Outcome.Refused rejected) {
      return refused(rejected.refusal());
    }
    trace.visit(leads.routes());
    ((Outcome.Admitted) outcome).warnings().forEach(text -> sides.tell(Report.warning(text, null)));
    if (!leads.sure()) {
      passedUnseen();
    }
    return Fate.PASS;
  }

  private Fate refused(Refusal refusal) {
    return refuse(
        new Report(
            Severity.ERROR,
            refusal.sqlState(),
            refusal.message(),
            refusal.detail(),
            refusal.hint()));
  }

  /** The message at hand isn't sent; the client is told why. */
  Fate refuse(Report report) {
    standIn = RefusedMessage.of(ledger.exchange(), report);
    return Fate.DROP;
  }

  private GateWait hold(Route asked, Leads where, Consumer<Outcome> whenDecided) {
    EventLoop loop = sides.frontend().eventLoop();
    List<AdmissionRequest> requests = new ArrayList<>(where.routes().size());
    for (Routed each : where.routes()) {
      requests.add(new AdmissionRequest(each, asked.switches().requirement(), loop));
    }
    return new GateWait(
        asked.gate(),
        loop,
        requests,
        new GateWait.Waiter() {
          @Override
          public void notice(String text) {
            sides.tell(Report.notice(text, null));
          }

          @Override
          public void decided(Outcome outcome) {
            whenDecided.accept(outcome);
          }
        });
  }

  private void decided(Outcome outcome) {
    hold = null;
    decision = outcome;
    sides.goOn();
  }

  private static boolean areTransactionControl(List<SessionEffect> effects) {
    for (int i = 0; i < effects.size(); i++) {
      if (!StatementLedger.isTransactionControl(effects.get(i))) {
        return false;
      }
    }
    return true;
  }

  // ---- behind an exchange

  /**
   * An exchange is answered.
   *
   * @param reported whether the server has said where the session is
   */
  Fate ready(boolean reported) {
    if (route == null) {
      return Fate.PASS;
    }
    String path = reports.searchPath();
    if (reported && path != null && !arrived(route, path)) {
      return Fate.STOP;
    }
    if (!ledger.owesNothing()) {
      return Fate.PASS;
    }
    if (unsure && !ledger.isFailed()) {
      learn(path);
    }
    if (!asking && arrival == null) {
      sides.letOut();
    }
    if (barrier) {
      barrier = false;
      if (mayGoOn(FrontendMessage.QUERY)) {
        sides.goOnLater();
      }
    }
    return Fate.PASS;
  }

  /** Statements have passed whose effect wasn't known: the server knows. */
  private void learn(@Nullable String reportedPath) {
    unsure = false;
    if (reportedPath == null) {
      asking = true;
      sides.ask(SearchPathQuestion.encode(sides.frontend().alloc()));
    } else if (ledger.settings().value(SessionEffect.SEARCH_PATH) instanceof Operand.Opaque) {
      ledger.settings().correct(SessionEffect.SEARCH_PATH, reportedPath);
    }
  }

  /** The server has said where the session is, because it was asked; null if it failed to. */
  void answered(@Nullable String path) {
    asking = false;
    if (path == null) {
      sides.unforeseenSwitch(
          Refusal.of(
              SqlState.INTERNAL_ERROR.code(), "the session's search_path could not be read"));
    } else if (route != null && arrived(route, path) && arrival == null) {
      sides.letOut();
      sides.goOnLater();
    }
  }

  /**
   * The session is somewhere.
   *
   * @return whether what the server says may be forwarded
   */
  private boolean arrived(Route asked, String path) {
    Verdict verdict = asked.switches().judge(ledger.settings(), path);
    if (verdict instanceof Forbidden forbidden) {
      sides.unforeseenSwitch(forbidden.refusal());
      return false;
    }
    Leads where = (Leads) verdict;
    boolean foreseen = where.routes().isEmpty();
    if (!foreseen || ledger.settings().value(SessionEffect.SEARCH_PATH) instanceof Operand.Opaque) {
      ledger.settings().correct(SessionEffect.SEARCH_PATH, path);
    }
    if (foreseen) {
      return true;
    }
    trace.visit(where.routes());
    GateWait waiting = hold(asked, where, this::arrivalDecided);
    Outcome outcome = waiting.begin();
    if (outcome instanceof Outcome.Admitted) {
      return true;
    }
    if (outcome instanceof Outcome.Refused rejected) {
      sides.unforeseenSwitch(rejected.refusal());
      return false;
    }
    if (!ledger.isQuiet() || sides.withholdsRows()) {
      // More was sent, and runs there now, or has read there already.
      waiting.cancel();
      sides.unforeseenSwitch(tooLate(where));
      return false;
    }
    arrival = waiting;
    return true;
  }

  private void arrivalDecided(Outcome outcome) {
    arrival = null;
    if (outcome instanceof Outcome.Refused rejected) {
      sides.unforeseenSwitch(rejected.refusal());
    } else {
      sides.letOut();
      sides.goOn();
    }
  }

  /** The answer can't be withheld any more. */
  void failed(Refusal refusal) {
    sides.unforeseenSwitch(refusal);
  }

  private static Refusal tooLate(Leads where) {
    var tenant = where.routes().get(0).tenant();
    return new Refusal(
        Refusal.CANNOT_CONNECT_NOW,
        tenant == null
            ? "the session has come to schemas that aren't up to date"
            : "the session has come to tenant \"%s\", which isn't up to date"
                .formatted(tenant.tenant()),
        "A statement has led there that nobody could foresee, and others were sent behind it.",
        "Set search_path by a statement of its own.");
  }

  // ---- the end of a wait

  /** Cancels what waits; whether something did. */
  boolean cancel() {
    if (hold != null && ledger.owesNothing()) {
      hold.cancel();
      holdEnds.accept(
          new Outcome.Refused(
              Refusal.of(
                  SqlState.QUERY_CANCELED.code(), "canceling statement due to user request")));
      return true;
    }
    if (arrival != null) {
      arrival.cancel();
      sides.unforeseenSwitch(
          Refusal.of(SqlState.QUERY_CANCELED.code(), "canceling the session due to user request"));
      return true;
    }
    return false;
  }

  void close() {
    if (hold != null) {
      hold.cancel();
      hold = null;
    }
    if (arrival != null) {
      arrival.cancel();
      arrival = null;
    }
  }
}
