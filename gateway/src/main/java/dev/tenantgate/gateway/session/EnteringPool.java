package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.relay.TenantGate;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tracing.ClientTrace;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The client is who it says it is, and its transactions will run on shared backends: it passes the
 * gate, without a backend, and is told the parameters that one would report to it. Most clients
 * begin like one before them, and need no backend for that either.
 */
final class EnteringPool extends SessionState {

  /** The bytes that a server's parameters take by default, and some more. */
  private static final int STARTUP_REPORT_BYTES = 512;

  private final Destination destination;
  private final BackendPool pool;
  private final StartupSettings startup;
  private SessionGate gate;
  private @Nullable StartupQuestion question;

  /** The profile by which the gate was asked. */
  private @Nullable ServerProfile approached;

  EnteringPool(Session session, Destination destination, PoolKey key) {
    super(session);
    this.destination = destination;
    this.startup = StartupSettings.of(destination);
    this.pool = session.services().pools().pool(key, session.frontend().eventLoop());
    this.gate = new SessionGate(session, destination);
  }

  @Override
  void entered() {
    pool.attach();
    session
        .services()
        .pools()
        .defaults()
        .whenKnown(pool.key(), session.frontend().eventLoop(), this::approachGate);
  }

  @Override
  void left() {
    gate.withdraw();
    StartupQuestion leaving = question;
    if (leaving != null) {
      question = null;
      pool.leaveQueue(leaving);
      leaving.ended();
    }
    pool.detach();
  }

  private void approachGate() {
    if (!session.isIn(this)) {
      return;
    }
    ServerProfile template = pool.template();
    if (destination.dependsOnServer() && template == null) {
      lease(new StartupQuestion(null));
      return;
    }
    approached = template;
    if (destination.dependsOnServer() && template != null) {
      Destination known = destination.at(template.searchPath(), startup.role(template.role()));
      TenantRoute route = known.following(session.services().router());
      if (route instanceof TenantRoute.Refused refused) {
        session.end(Session.fatal(refused.refusal()));
        return;
      }
      gate = new SessionGate(session, known.rerouted((TenantRoute.Routed) route));
    }
    Report full = session.place().enterTenant(gate.tenantName());
    if (full != null) {
      session.end(full);
      return;
    }
    TenantGate.Answer answer = gate.ask(null, true, this::answered);
    if (answer != null) {
      answered(answer);
    }
  }

  private void answered(TenantGate.Answer answer) {
    if (!session.isIn(this)) {
      return;
    }
    Report refusal = answer.refusal();
    if (refusal != null) {
      session.refuse(refusal.asFatal());
      return;
    }
    findStartupReport();
  }

  private void findStartupReport() {
    if (!session.isIn(this)) {
      return;
    }
    SessionSettings settings = startup.reportedOnes();
    ServerProfile template = pool.template();
    if (destination.dependsOnServer() && template != approached) {
      approachGate(); // the path may be another meanwhile
      return;
    }
    Map<String, String> reported = template == null ? null : template.startupReport(settings);
    if (template != null && reported != null) {
      tellParameters(template, reported);
      session.frontend().flush();
    } else if (pool.startupReports().begin(settings, this::findStartupReport)) {
      lease(new StartupQuestion(settings));
    }
  }

  private void tellParameters(ServerProfile template, Map<String, String> reported) {
    // In one buffer: each costs the kernel more than its bytes do.
    ByteBuf out = session.frontend().alloc().buffer(STARTUP_REPORT_BYTES);
    template
        .parameters()
        .forEach(
            (name, value) ->
                BackendMessage.writeParameterStatus(
                    out, name, startup.verbatim(name, reported.getOrDefault(name, value))));
    template.notices().forEach(out::writeBytes);
    session.toFrontend(out);
    session.become(
        Relaying.onPool(
            session, destination, pool, gate, template, startup.canonical(template, reported)));
  }

  private void lease(StartupQuestion next) {
    question = next;
    PooledBackend backend = pool.lease(next);
    ClientTrace trace = session.trace();
    if (backend != null) {
      next.granted(backend);
    } else if (trace != null) {
      trace.waitsForBackend();
    }
  }

  @Override
  ConnectedClient describeClient() {
    return session
        .identity()
        .onItsWay(
            session,
            destination,
            question == null ? ConnectedClient.Doing.HELD : ConnectedClient.Doing.WAITING);
  }

  @Override
  void cancel(Runnable done) {
    session.end(
        Report.fatal(SqlState.QUERY_CANCELED, "canceling the connection due to user request")
            .withDetail("It was held until its tenant is up to date."));
    done.run();
  }

  /** Has a backend of the pool's show what it reports to such a client. */
  private final class StartupQuestion implements LeaseHolder {

    private final @Nullable SessionSettings settings;
    private final Map<String, String> reported = new LinkedHashMap<>();

    /** With null nothing is set: that there is a backend is enough. */
    StartupQuestion(@Nullable SessionSettings settings) {
      this.settings = settings;
    }

    @Override
    public Object tenant() {
      return gate.tenant();
    }

    @Override
    public SessionSettings settings() {
      return SessionSettings.NONE;
    }

    @Override
    public void granted(PooledBackend backend) {
      question = null;
      ClientTrace trace = session.trace();
      if (trace != null) {
        trace.waitsNoMore(null);
      }
      if (settings == null) {
        backend.giveBack();
        approachGate();
        return;
      }
      // Only what differs from a fresh connection's own is reported.
      backend.settings().bringTo(SessionSettings.NONE, error -> {});
      backend.settings().bringTo(settings, new Answer(backend));
      backend.flush();
      if (backend.owed().isEmpty()) {
        reportAndGiveBack(backend);
      }
    }

    private void reportAndGiveBack(PooledBackend backend) {
      ServerProfile template = backend.settings().template();
      template.reportedAtStartup(Objects.requireNonNull(settings), reported);
      backend.giveBack();
      if (session.isIn(EnteringPool.this)) {
        tellParameters(template, reported);
      }
      ended();
    }

    /** Lets those go on who wait for what this one asks, with its answer or without. */
    void ended() {
      if (settings != null) {
        pool.startupReports().ended(settings);
      }
    }

    @Override
    public void stillWaiting(String text) {
      if (session.isIn(EnteringPool.this)) {
        session.notice(text);
      }
    }

    @Override
    public void refused(Report report) {
      question = null;
      if (session.isIn(EnteringPool.this)) {
        session.end(report.asFatal());
      }
      ended();
    }

    @Override
    public void backendClosed(boolean reportPossible, boolean explained) {
      if (session.isIn(EnteringPool.this)) {
        session.end(session.backendLost());
      }
      ended();
    }

    /** The settings have been taken, or refused. */
    private final class Answer implements SettingsChange.Listener {

      private final PooledBackend backend;

      Answer(PooledBackend backend) {
        this.backend = backend;
      }

      @Override
      public void parameter(String name, String value) {
        reported.put(name, value);
      }

      @Override
      public void settingsChanged(@Nullable Report error) {
        if (error == null) {
          reportAndGiveBack(backend);
          return;
        }
        backend.discard();
        if (session.isIn(EnteringPool.this)) {
          session.end(error.asFatal());
        }
        ended();
      }
    }
  }
}
