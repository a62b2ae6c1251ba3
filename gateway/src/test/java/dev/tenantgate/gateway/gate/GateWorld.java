package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.drain.HeartbeatLease;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.Admission.Decision;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.testing.ManualExecutor;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gate between a database made of a map and sessions made of lists: readers, workers and event
 * loop are queues that a test runs by hand, so that every interleaving can be written down.
 */
public final class GateWorld implements AutoCloseable {

  public static final SchemaRef ACME = TestMigrations.tenant("acme");
  public static final SchemaRef GLOBEX = TestMigrations.tenant("globex");

  final Map<SchemaRef, SchemaHistory> database = new HashMap<>();
  final ManualExecutor readers = new ManualExecutor();
  final ManualExecutor workers = new ManualExecutor();
  final ManualExecutor eventLoop = new ManualExecutor();
  final ManualTimer timer = new ManualTimer();
  final List<SchemaRef> migrated = new ArrayList<>();
  final List<List<SchemaRef>> reads = new ArrayList<>();
  final List<String> events = new ArrayList<>();
  final Changelog changelog = TestMigrations.changelog(7);
  final Drains drains;
  final TenantDirectory directory;
  final UpgradeService upgrades;
  final Gate gate;

  /** Why reading fails; null while it doesn't. */
  @Nullable SQLException unreachable;

  /** The outcome of migrating a schema; by default, success. */
  Migrating migrating = this::succeed;

  /** Told what the migration that runs has made of the history. */
  Consumer<SchemaHistory> committed = history -> {};

  /** Runs between the verdict and the queue, where the clock is read. */
  @Nullable Runnable beforeEntering;

  interface Migrating {
    SchemaOutcome run(SchemaRef schema, Target target);
  }

  GateWorld(TestSettings settings) {
    this(settings.build());
  }

  public GateWorld(Settings settings) {
    drains = drains(timer);
    directory =
        new TenantDirectory(
            this::read,
            readers,
            timer::nanoTime,
            settings.gate().recheckInterval(),
            snapshot -> {});
    upgrades =
        new UpgradeService(
            (log, schema, target, committed) -> {
              migrated.add(schema);
              this.committed = committed;
              return migrating.run(schema, target);
            },
            directory,
            drains,
            workers,
            timer::nanoTime,
            GateEvents.all(List.of()));
    gate =
        new Gate(
            settings,
            changelog,
            directory,
            upgrades,
            timer,
            this::gateClock,
            drains,
            new GateEvents() {
              @Override
              public void answered(Answer answer, AdmissionReason reason) {
                events.add(answer.name() + " " + reason.label());
              }
            });
    database.put(SchemaRef.PUBLIC, TestMigrations.upTo(SchemaRef.PUBLIC, 7));
  }

  /** Drains of the schemas of this world, with nobody to tell of them. */
  static Drains drains(ManualTimer timer) {
    return new Drains(
        new OpenSessions(),
        (delay, task) -> timer.after(delay, task)::cancel,
        new HeartbeatLease(timer::nanoTime),
        name ->
            Stream.of(SchemaRef.PUBLIC, ACME, GLOBEX)
                .filter(schema -> schema.schema().equals(name))
                .findFirst());
  }

  /** A tenant with every version up to the last. */
  public GateWorld has(SchemaRef schema, int last) {
    database.put(schema, TestMigrations.upTo(schema, last));
    return this;
  }

  public GateWorld failed(SchemaRef schema, int last, String error) {
    database.put(schema, TestMigrations.failedAfter(schema, last, error));
    return this;
  }

  SchemaOutcome succeed(SchemaRef schema, Target target) {
    SchemaHistory before = database.getOrDefault(schema, TestMigrations.absent(schema));
    SchemaStatus status = SchemaStatus.of(before, changelog, target);
    if (status.pending().isEmpty()) {
      return new SchemaOutcome.UpToDate(schema);
    }
    int last = (int) status.pending().get(status.pending().size() - 1).version().number();
    database.put(schema, TestMigrations.upTo(schema, last));
    return new SchemaOutcome.Migrated(
        schema, status.pending().stream().map(m -> m.version()).toList(), Duration.ZERO);
  }

  /** Migrations fail, and say so in the history. */
  SchemaOutcome fail(SchemaRef schema, Target target) {
    SchemaStatus status =
        SchemaStatus.of(
            database.getOrDefault(schema, TestMigrations.absent(schema)), changelog, target);
    database.put(schema, TestMigrations.failedAfter(schema, status.applied(), "boom"));
    return new SchemaOutcome.Failed(
        schema,
        List.of(),
        status.pending().get(0),
        "42P01",
        "migration %s failed: boom".formatted(status.pending().get(0)),
        Duration.ZERO);
  }

  SchemaState stateOf(SchemaRef schema) {
    return SchemaStatus.of(
            database.getOrDefault(schema, TestMigrations.absent(schema)),
            changelog,
            new Target.Latest())
        .state();
  }

  Session connect(SchemaRef... schemas) {
    return connect(Requirement.NONE, schemas);
  }

  Session connect(Requirement requirement, SchemaRef... schemas) {
    return connect(request(requirement, schemas));
  }

  AdmissionRequest request(Requirement requirement, SchemaRef... schemas) {
    List<GatedSchema> gated = new ArrayList<>();
    gated.add(GatedSchema.of(SchemaRef.PUBLIC));
    for (SchemaRef schema : schemas) {
      gated.add(GatedSchema.of(schema));
    }
    SchemaRef tenant = schemas.length == 0 ? null : schemas[0];
    return new AdmissionRequest(
        new TenantRoute.Routed(gated, tenant, null), requirement, eventLoop);
  }

  Session connect(AdmissionRequest request) {
    Session session = new Session(request.countsFor());
    session.answer = gate.admit(request, session::told);
    return session;
  }

  private long gateClock() {
    Runnable before = beforeEntering;
    if (before != null) {
      beforeEntering = null;
      before.run();
    }
    return timer.nanoTime();
  }

  /** Lets the histories of these be known already. */
  GateWorld knowing(SchemaRef... schemas) {
    directory.lookup(SchemaRef.PUBLIC);
    for (SchemaRef schema : schemas) {
      directory.lookup(schema);
    }
    readers.runAll();
    reads.clear();
    return this;
  }

  /** The gate, for sessions that bring an event loop of their own. */
  public Gate gate() {
    return gate;
  }

  /** Where such sessions are known to drains. */
  public OpenSessions sessions() {
    return drains.sessions();
  }

  /** Reads the histories that are asked for; whether any were. */
  public boolean read() {
    boolean any = readers.waiting() > 0;
    readers.runAll();
    return any;
  }

  /** Runs the migrations that somebody waits for. */
  public void migrate() {
    while (readers.waiting() + workers.waiting() > 0) {
      readers.runAll();
      workers.runAll();
    }
  }

  /** A schema that was known lacks migrations all of a sudden. */
  public void falls(SchemaRef schema, int last) {
    has(schema, last);
    gate.changedElsewhere(schema);
  }

  /** Migrations fail from now on, or succeed. */
  public void migrationsFail(boolean value) {
    migrating = value ? this::fail : this::succeed;
  }

  /** Lets time pass. */
  public void advance(Duration time) {
    timer.advance(time);
  }

  /** Time goes by, and all is done that is due. */
  void passes(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 250) {
      timer.advance(Duration.ofMillis(Math.min(250, left)));
      settle();
    }
  }

  /** Runs everything that is to be run, without letting time pass. */
  void settle() {
    while (readers.waiting() + workers.waiting() + eventLoop.waiting() > 0) {
      readers.runAll();
      workers.runAll();
      eventLoop.runAll();
    }
  }

  private List<SchemaHistory> read(List<SchemaRef> schemas) throws SQLException {
    reads.add(schemas);
    if (unreachable != null) {
      throw unreachable;
    }
    return schemas.stream()
        .map(schema -> database.getOrDefault(schema, TestMigrations.absent(schema)))
        .toList();
  }

  @Override
  public void close() {
    gate.close();
    upgrades.close();
    directory.close();
    timer.close();
  }

  /** One client. */
  static final class Session {
    Admission answer =
        new Admission.Rejected(Refusal.of("XX000", "not asked"), AdmissionReason.SHUTDOWN);
    private final List<Decision> told = new ArrayList<>();
    private final SchemaRef tenant;

    Session(SchemaRef tenant) {
      this.tenant = tenant;
    }

    SchemaRef tenant() {
      return tenant;
    }

    boolean isDecided() {
      return answer instanceof Decision || !told.isEmpty();
    }

    private void told(Decision decision) {
      told.add(decision);
    }

    boolean isHeld() {
      return answer instanceof Admission.Held && told.isEmpty();
    }

    HoldTicket ticket() {
      return ((Admission.Held) answer).ticket();
    }

    /** The decision that it was told, at once or later; exactly once. */
    Decision decision() {
      if (answer instanceof Decision at) {
        if (!told.isEmpty()) {
          throw new AssertionError("answered at once, and told " + told);
        }
        return at;
      }
      if (told.size() != 1) {
        throw new AssertionError("told " + told);
      }
      return told.get(0);
    }

    boolean wasTold() {
      return !told.isEmpty();
    }

    boolean isAdmitted() {
      return decision() instanceof Admission.Admitted;
    }

    Refusal refusal() {
      return ((Admission.Rejected) decision()).refusal();
    }
  }
}
