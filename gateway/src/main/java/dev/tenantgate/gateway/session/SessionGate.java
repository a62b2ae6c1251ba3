package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.GateWait;
import dev.tenantgate.gateway.gate.GateWait.Outcome;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.relay.TenantGate;
import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gate as one session meets it: at its begin, before each transaction, and wherever its path
 * leads to another tenant. Event-loop confined.
 */
final class SessionGate implements TenantGate {

  /**
   * For how long what was found about a tenant isn't looked up again, unless something changes:
   * short enough that the directory knows which tenants are in use, and trusts nothing for longer.
   */
  private static final long GOOD_NANOS = 50_000_000;

  /** Of leases that belong to no tenant. */
  private static final Object NO_TENANT = SchemaRef.PUBLIC;

  private final Session session;
  private final Destination destination;
  private final Gate gate;
  private final TenantSwitches switches;
  private AdmissionRequest current;
  private @Nullable String user;
  private final TransactionTrace trace = new TransactionTrace();
  private @Nullable Report refused;

  /** The generation last found, after which of the gate's changes and when. */
  private long found = NOT_CURRENT;

  private long foundAfter;
  private long foundNanos;
  private @Nullable GateWait wait;
  private final PauseWait pause;
  private boolean isInTransaction;

  /** For a session that begins where the destination says. */
  SessionGate(Session session, Destination destination) {
    this.session = session;
    this.destination = destination;
    this.gate = session.services().gate();
    this.switches = destination.switches(session.services());
    this.pause = new PauseWait(session);
    this.current = request(destination.route());
    noteTenant();
  }

  private AdmissionRequest request(Routed route) {
    return new AdmissionRequest(route, destination.requirement(), session.frontend().eventLoop());
  }

  @Override
  public boolean isGated() {
    return !destination.route().schemas().isEmpty();
  }

  @Override
  public Object tenant() {
    SchemaRef tenant = current.route().tenant();
    return tenant == null ? NO_TENANT : tenant;
  }

  /** The name of the tenant whose schema the session is in; null for nobody's. */
  @Nullable String tenantName() {
    return tenantOf(current);
  }

  @Override
  public long generation() {
    if (refused != null || isPaused()) {
      return NOT_CURRENT;
    }
    long now = System.nanoTime();
    long changes = gate.changes();
    if (!isGood(now, changes)) {
      found = gate.generation(current);
      foundAfter = changes;
      foundNanos = now;
    }
    return found;
  }

  /** Whether what was found last holds still. */
  private boolean isGood(long now, long changes) {
    return found != Gate.NOT_CURRENT
        && changes == foundAfter
        && now - foundNanos < GOOD_NANOS
        && gate.isUnmarked(current);
  }

  @Override
  public boolean isPaused() {
    return pause.isNeeded(destination.request().database(), tenantOf(current));
  }

  private void noteTenant() {
    ClientTrace trace = session.trace();
    if (trace != null) {
      trace.tenant(tenantOf(current));
    }
  }

  private static @Nullable String tenantOf(AdmissionRequest request) {
    SchemaRef tenant = request.route().tenant();
    return tenant == null ? null : tenant.tenant();
  }

  @Override
  public long generationAsItIs() {
    return gate.generationAsItIs(current);
  }

  @Override
  public @Nullable Answer ask(@Nullable String searchPath, boolean begins, Consumer<Answer> later) {
    if (searchPath != null) {
      return askElsewhere(searchPath, begins, later);
    }
    return isPaused() ? awaitResume(current, null, later) : askWhereItIs(later);
  }

  private @Nullable Answer askElsewhere(String searchPath, boolean begins, Consumer<Answer> later) {
    TenantRoute route = switches.lead(searchPath, user);
    if (route instanceof Routed routed) {
      AdmissionRequest there = request(routed);
      if (begins && pause.isNeeded(destination.request().database(), tenantOf(there))) {
        return awaitResume(there, searchPath, later);
      }
      Report full = objection(routed);
      if (full != null) {
        return new Answer(full);
      }
    }
    return ask(route, later);
  }

  /** Why the tenant takes no more clients; null if it does. */
  private @Nullable Report objection(Routed route) {
    SchemaRef tenant = route.tenant();
    Report full = session.place().objection(tenant == null ? null : tenant.tenant());
    if (full != null) {
      session.log().failed(full);
    }
    return full;
  }

  private @Nullable Answer askWhereItIs(Consumer<Answer> later) {
    return refused == null ? ask(current, later) : new Answer(refused);
  }

  /** Holds the transaction until it is worth asking again. */
  private @Nullable Answer awaitResume(
      AdmissionRequest there, @Nullable String searchPath, Consumer<Answer> later) {
    pause.begin(
        destination.request().database(),
        tenantOf(there),
        () -> {
          Answer answer = ask(searchPath, true, later);
          if (answer != null) {
            later.accept(answer);
            session.frontend().flush();
          }
        });
    return null;
  }

  @Override
  public @Nullable Answer askFor(SessionEffect.NamesSchemas named, Consumer<Answer> later) {
    return ask(switches.routeTo(named), later);
  }

  private @Nullable Answer ask(@Nullable TenantRoute route, Consumer<Answer> later) {
    if (route instanceof TenantRoute.Refused no) {
      return new Answer(TenantGate.report(no.refusal()));
    }
    return ask(route instanceof Routed routed ? request(routed) : current, later);
  }

  private @Nullable Answer ask(AdmissionRequest asked, Consumer<Answer> later) {
    if (asked.route().schemas().isEmpty()) {
      return Answer.ADMITTED;
    }
    Asking asking = new Asking(asked, later);
    List<AdmissionRequest> requests = List.of(isInTransaction ? asked.inTransaction() : asked);
    GateWait asks =
        new GateWait(gate, session.frontend().eventLoop(), requests, session.trace(), asking);
    Outcome outcome = asks.begin();
    if (outcome == null) {
      wait = asks;
      return null;
    }
    return answer(outcome, asked);
  }

  /** A question to the gate whose answer may come later. */
  private final class Asking implements GateWait.Waiter {

    private final AdmissionRequest asked;
    private final Consumer<Answer> later;

    Asking(AdmissionRequest asked, Consumer<Answer> later) {
      this.asked = asked;
      this.later = later;
    }

    @Override
    public void notice(String text) {
      session.toFrontend(Report.notice(text, null).encode(session.frontend().alloc()));
      session.frontend().flush();
    }

    @Override
    public void decided(Outcome outcome) {
      wait = null;
      later.accept(answer(outcome, asked));
      session.frontend().flush();
    }
  }

  @Override
  public boolean mayBeginNow() {
    return !isPaused() && (isGood(System.nanoTime(), gate.changes()) || gate.mayBeginNow(current));
  }

  @Override
  public void transactionEnded() {
    isInTransaction = false;
    trace.forget();
  }

  @Override
  public void transactionBegan() {
    isInTransaction = true;
  }

  /** Whether the transaction under way began in that schema, or has come there since. */
  boolean touches(SchemaRef schema) {
    return trace.touches(schema, current.route(), null);
  }

  private Answer answer(Outcome outcome, AdmissionRequest asked) {
    if (outcome instanceof Outcome.Refused no) {
      return new Answer(TenantGate.report(no.refusal()));
    }
    List<String> warnings = ((Outcome.Admitted) outcome).warnings();
    if (!warnings.equals(lastWarnings)) {
      for (String warning : warnings) {
        session.toFrontend(Report.warning(warning, null).encode(session.frontend().alloc()));
      }
      lastWarnings = warnings;
    }
    if (!asked.route().equals(current.route())) {
      trace.visit(List.of(asked.route()));
    }
    return Answer.ADMITTED;
  }

  /** A client is told once, not before each of its transactions. */
  private List<String> lastWarnings = List.of();

  @Override
  public boolean leadsElsewhere(String searchPath) {
    TenantRoute route = switches.lead(searchPath, user);
    return route instanceof TenantRoute.Refused
        || (route instanceof Routed routed
            && !routed.schemas().equals(current.route().schemas())
            && !trace.hasVisited(routed));
  }

  @Override
  public boolean leadsElsewhere(SessionEffect.NamesSchemas named) {
    TenantRoute route = switches.routeTo(named);
    return route instanceof TenantRoute.Refused
        || (TenantSwitches.isBeyond((Routed) route, current.route())
            && !trace.hasVisited((Routed) route));
  }

  @Override
  public QualifiedNames qualified() {
    return switches.qualified();
  }

  @Override
  public @Nullable Report objection(SessionEffect effect) {
    Refusal refusal = switches.objection(effect);
    return refusal == null ? null : TenantGate.report(refusal);
  }

  @Override
  public @Nullable Report objectionToUnseen() {
    Refusal refusal = switches.objectionToUnseen();
    return refusal == null ? null : TenantGate.report(refusal);
  }

  @Override
  public boolean mayLead(int function) {
    return isGated() && switches.mayLead(function);
  }

  @Override
  public boolean mayHide(ByteBuf text, int from, int bytes) {
    return isGated() && switches.mayHide(text, from, bytes);
  }

  @Override
  public @Nullable PendingDefinitions definitions() {
    return isGated() ? session.services().definitions() : null;
  }

  @Override
  public Object textRules() {
    return switches.textRules();
  }

  @Override
  public boolean isUntenanted() {
    return current.route().tenant() == null;
  }

  @Override
  public long migrations() {
    return gate.migrations();
  }

  @Override
  public Object schemas() {
    return refused == null ? current.route().schemas() : refused;
  }

  @Override
  public String resolved(@Nullable String searchPath, @Nullable String as) {
    String resolved = switches.pathOf(searchPath, as);
    if (resolved != null) {
      return resolved;
    }
    return searchPath == null ? switches.defaultPath() : searchPath;
  }

  @Override
  public void moveTo(@Nullable String searchPath, @Nullable String as) {
    user = as;
    String asUser = as == null ? null : switches.pathOf(searchPath, as);
    String effective = asUser == null ? searchPath : asUser;
    TenantRoute route = effective == null ? destination.route() : switches.lead(effective, as);
    found = NOT_CURRENT;
    if (route instanceof Routed routed) {
      current = request(routed);
      session.place().moveTo(tenantName());
      refused = null;
      noteTenant();
    } else if (route instanceof TenantRoute.Refused no) {
      refused = TenantGate.report(no.refusal());
    }
  }

  @Override
  public void withdraw() {
    pause.end();
    if (wait != null) {
      wait.cancel();
      wait = null;
    }
  }
}
