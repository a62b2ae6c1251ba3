package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.Admission;
import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.HoldTicket;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.relay.TenantSwitches;
import dev.tenantgate.gateway.relay.TransactionTrace;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.gateway.transaction.TenantGate;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gate as a session with transaction pooling meets it: at its begin, before each transaction,
 * and wherever its path leads to another tenant. Whoever is held for more than a moment is told
 * what for. Event-loop confined.
 */
final class SessionGate implements TenantGate {

  private static final long FIRST_NOTICE_SECONDS = 1;
  private static final long NEXT_NOTICE_SECONDS = 5;

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
  private @Nullable HoldTicket ticket;
  private @Nullable ScheduledFuture<?> nextNotice;

  /** For a session that begins where the destination says. */
  SessionGate(Session session, Destination destination) {
    this.session = session;
    this.destination = destination;
    this.gate = session.services().gate();
    this.switches = destination.switches(session.services());
    this.current = request(destination.route());
  }

  private AdmissionRequest request(Routed route) {
    return new AdmissionRequest(route, destination.requirement(), session.frontend().eventLoop());
  }

  @Override
  public Object tenant() {
    SchemaRef tenant = current.route().tenant();
    return tenant == null ? NO_TENANT : tenant;
  }

  @Override
  public long generation() {
    if (refused != null) {
      return NOT_CURRENT;
    }
    long now = System.nanoTime();
    long changes = gate.changes();
    if (found == NOT_CURRENT
        || changes != foundAfter
        || now - foundNanos >= GOOD_NANOS
        || !gate.isUnmarked(current)) {
      long generation = gate.generation(current);
      found = generation == Gate.NOT_CURRENT ? NOT_CURRENT : generation;
      foundAfter = changes;
      foundNanos = now;
    }
    return found;
  }

  @Override
  public long generationAsItIs() {
    return gate.generationAsItIs(current);
  }

  @Override
  public @Nullable Answer ask(@Nullable String searchPath, Consumer<Answer> later) {
    if (searchPath != null) {
      return ask(switches.lead(searchPath, user), later);
    }
    return refused == null ? ask(current, later) : new Answer(refused);
  }

  @Override
  public @Nullable Answer askFor(SessionEffect.NamesSchemas named, Consumer<Answer> later) {
    return ask(switches.routeTo(named), later);
  }

  private @Nullable Answer ask(@Nullable TenantRoute route, Consumer<Answer> later) {
    if (route instanceof TenantRoute.Refused no) {
      return new Answer(error(no.refusal()));
    }
    return ask(route instanceof Routed routed ? request(routed) : current, later);
  }

  private @Nullable Answer ask(AdmissionRequest asked, Consumer<Answer> later) {
    if (asked.route().schemas().isEmpty()) {
      return Answer.ADMITTED;
    }
    Admission admission = gate.admit(asked, decision -> decided(decision, asked, later));
    if (admission instanceof Admission.Held held) {
      ticket = held.ticket();
      noticeIn(FIRST_NOTICE_SECONDS);
      return null;
    }
    return answer((Admission.Decision) admission, asked);
  }

  private void decided(
      Admission.Decision decision, AdmissionRequest asked, Consumer<Answer> later) {
    if (ticket == null) {
      return;
    }
    Admission now = decision;
    if (now instanceof Admission.Admitted && !gate.mayBeginNow(asked)) {
      // Marked after the word was given, on another thread, and before it came here.
      now = gate.admit(asked, next -> decided(next, asked, later));
    }
    if (now instanceof Admission.Held held) {
      ticket = held.ticket();
      return;
    }
    withdrawn();
    later.accept(answer((Admission.Decision) now, asked));
    session.frontend().flush();
  }

  @Override
  public boolean mayBeginNow() {
    return gate.mayBeginNow(current);
  }

  @Override
  public void transactionEnded() {
    trace.forget();
  }

  /** Whether the transaction under way began in that schema, or has come there since. */
  boolean touches(SchemaRef schema) {
    return trace.touches(schema, current.route(), null);
  }

  private Answer answer(Admission.Decision decision, AdmissionRequest asked) {
    if (decision instanceof Admission.Rejected rejected) {
      return new Answer(error(rejected.refusal()));
    }
    String warning = ((Admission.Admitted) decision).warning();
    if (warning != null && !warning.equals(lastWarning)) {
      session.toFrontend(Report.warning(warning, null).encode(session.frontend().alloc()));
    }
    lastWarning = warning;
    if (!asked.route().equals(current.route())) {
      trace.visit(List.of(asked.route()));
    }
    return Answer.ADMITTED;
  }

  /** A client is told once, not before each of its transactions. */
  private @Nullable String lastWarning;

  private static Report error(Refusal refusal) {
    return new Report(
        Severity.ERROR, refusal.sqlState(), refusal.message(), refusal.detail(), refusal.hint());
  }

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
    return refusal == null ? null : error(refusal);
  }

  @Override
  public boolean mayLead(int function) {
    return switches.mayLead(function);
  }

  @Override
  public boolean mayHide(ByteBuf text, int from, int bytes) {
    return switches.mayHide(text, from, bytes);
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
      refused = null;
    } else if (route instanceof TenantRoute.Refused no) {
      refused = error(no.refusal());
    }
  }

  @Override
  public void withdraw() {
    HoldTicket held = ticket;
    withdrawn();
    if (held != null) {
      held.cancel();
    }
  }

  private void withdrawn() {
    ticket = null;
    if (nextNotice != null) {
      nextNotice.cancel(false);
      nextNotice = null;
    }
  }

  private void noticeIn(long seconds) {
    nextNotice = session.frontend().eventLoop().schedule(this::notice, seconds, TimeUnit.SECONDS);
  }

  private void notice() {
    if (ticket != null) {
      session.toFrontend(
          Report.notice(ticket.progress().text(), null).encode(session.frontend().alloc()));
      session.frontend().flush();
      noticeIn(NEXT_NOTICE_SECONDS);
    }
  }
}
