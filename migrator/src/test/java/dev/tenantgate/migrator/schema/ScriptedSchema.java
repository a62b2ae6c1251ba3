package dev.tenantgate.migrator.schema;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.session.LockWatch;
import dev.tenantgate.migrator.session.RetryPolicy;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.subprocess.SchemaBackup;
import dev.tenantgate.migrator.survey.SchemaNames;
import dev.tenantgate.migrator.testing.ScriptedServer;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's schema on a {@link ScriptedServer}: its history and its lease are kept as the
 * statements say, once they are committed; everything else is answered by the test's own rules.
 */
public final class ScriptedSchema implements AutoCloseable {

  private static final int PATIENCE_SECONDS = Integer.getInteger("tenantgate.test.patience", 20);

  static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  private static final Pattern INSERTED =
      Pattern.compile(
          "VALUES \\((\\d+), '([^']*)', .*?, '([0-9a-f]{32,})', .*?"
              + "'(success|failed|applying|reverting)', (.*?)\\)(?: ON CONFLICT|$)",
          Pattern.DOTALL);
  private static final Pattern WANTED = Pattern.compile("\\('([\\w.]+)', '");
  private static final Pattern VERSION = Pattern.compile("version = (\\d+)");

  public final ScriptedServer server = new ScriptedServer();
  public final TestChangelog files;
  final List<String> told = new CopyOnWriteArrayList<>();
  final List<SchemaHistory> committed = new CopyOnWriteArrayList<>();
  final List<Runnable> closing = new ArrayList<>();

  /** Rows of the history by version: version, name, checksum, time, millis, status, error. */
  final Map<Long, List<@Nullable String>> history = Collections.synchronizedMap(new TreeMap<>());

  private final Map<Long, List<@Nullable String>> uncommitted = new TreeMap<>();
  private final List<Long> removed = new ArrayList<>();

  volatile boolean schemaThere = true;
  volatile boolean tableThere = true;
  volatile @Nullable String holder;
  volatile boolean leaseLost;
  private long token = 10;
  private boolean inTransaction;

  UnaryOperator<MigrationSettings> settings = UnaryOperator.identity();
  int tries = 3;
  Duration pause = Duration.ofMillis(2);
  Duration leaseWait = Duration.ofMillis(40);
  BackupSettings backup = BackupSettings.NONE;
  SchemaContext.ExternalReading external =
      (connection, schemas) -> schemas.stream().map(SchemaHistory::noTable).toList();
  SchemaContext.Checkpoints checkpoints = (changelog, session) -> changelog;
  @Nullable SchemaContext context;

  public ScriptedSchema(Path folder) {
    files = new TestChangelog(folder);
    server
        .row("pg_catalog.pg_backend_pid(), ", "4711", "ISO, MDY")
        .row("pg_db_role_setting", "none")
        .row("SELECT pg_catalog.version()", "PostgreSQL 18.0")
        .row("AND p.proname = ", "1")
        .answer("wanted.table_name", this::registryTables)
        .answer("relname = 'schema_migrations'", statement -> shapes())
        .answer("FROM \"tenant_acme\".schema_migrations", this::read)
        .answer("INSERT INTO tenantgate.lease AS l", statement -> acquired())
        .answer("SELECT holder FROM tenantgate.lease", statement -> holder())
        .answer("lease", statement -> confirmed(statement))
        .answer("\"tenant_acme\".schema_migrations", this::write)
        .answer("BEGIN ISOLATION", statement -> inTransaction(true))
        .answer("COMMIT", statement -> statement.strip().equals("COMMIT") ? ended(true) : null)
        .answer("ROLLBACK", statement -> ended(false));
  }

  private Reply registryTables(String statement) {
    List<List<@Nullable String>> rows = new ArrayList<>();
    Matcher wanted = WANTED.matcher(statement);
    while (wanted.find()) {
      rows.add(Arrays.asList(wanted.group(1)));
    }
    return new Rows(List.of("c1"), rows);
  }

  private Reply shapes() {
    List<List<@Nullable String>> rows = new ArrayList<>();
    if (schemaThere) {
      String columns =
          "version\u0001bigint\u0002name\u0001text\u0002applied_at\u0001timestamp\u0002"
              + "checksum\u0001text\u0002execution_time_ms\u0001integer\u0002status\u0001text\u0002"
              + "error_message\u0001text\u0002";
      rows.add(
          Arrays.asList("tenant_acme", tableThere ? "r" : null, tableThere ? columns : null, null));
    }
    return new Rows(List.of("c1", "c2", "c3", "c4"), rows);
  }

  private @Nullable Reply read(String statement) {
    if (!statement.strip().startsWith("SELECT version, name")) {
      return null;
    }
    return new Rows(
        List.of("c1", "c2", "c3", "at", "c5", "c6", "c7"), List.copyOf(history.values()));
  }

  private Reply acquired() {
    List<List<@Nullable String>> rows =
        holder == null ? List.of(Arrays.asList(Long.toString(++token))) : List.of();
    return new Rows(List.of("c1"), rows);
  }

  private Reply holder() {
    return new Rows(List.of("c1"), Collections.singletonList(Arrays.asList(holder)));
  }

  private @Nullable Reply confirmed(String statement) {
    return leaseLost && (statement.contains("confirm_lease") || statement.startsWith("WITH held"))
        ? new Failure(
            "TG001", "the lease on schema tenant_acme was taken over by another process", 0)
        : null;
  }

  private synchronized @Nullable Reply write(String statement) {
    Matcher inserted = INSERTED.matcher(statement);
    Matcher version = VERSION.matcher(statement);
    if (statement.contains("CREATE TABLE")) {
      tableThere = true;
    } else if (statement.contains("INSERT INTO") && inserted.find()) {
      uncommitted.put(
          Long.parseLong(inserted.group(1)),
          Arrays.asList(
              inserted.group(1),
              inserted.group(2),
              inserted.group(3),
              "2026-01-01 00:00:00",
              "1",
              inserted.group(4),
              inserted.group(5).equals("NULL")
                  ? null
                  : inserted.group(5).replaceFirst("^'", "").replaceFirst("'$", "")));
    } else if (statement.strip().startsWith("DELETE") && version.find()) {
      removed.add(Long.parseLong(version.group(1)));
    }
    if (!inTransaction) {
      ended(true);
    }
    return null;
  }

  private synchronized @Nullable Reply inTransaction(boolean begun) {
    removed.clear();
    uncommitted.clear();
    inTransaction = begun;
    return null;
  }

  private synchronized @Nullable Reply ended(boolean committed) {
    if (committed) {
      removed.forEach(history::remove);
      history.putAll(uncommitted);
    }
    removed.clear();
    uncommitted.clear();
    inTransaction = false;
    return null;
  }

  /** Writes a migration. */
  public ScriptedSchema with(String file, String sql) {
    files.with(file, sql);
    return this;
  }

  /** The history has these migrations of the changelog. */
  ScriptedSchema applied(long... versions) {
    for (long version : versions) {
      recorded(version, "success", null);
    }
    return this;
  }

  /** The history has a row of a migration. */
  void recorded(long version, String status, @Nullable String error) {
    files.changelog().of(ACME).stream()
        .filter(migration -> migration.version().number() == version)
        .forEach(
            migration ->
                history.put(
                    version,
                    Arrays.asList(
                        Long.toString(version),
                        migration.name(),
                        migration.checksum(),
                        "2026-01-01 00:00:00",
                        "1",
                        status,
                        error)));
  }

  /** The shared parts of runs, made at first use. */
  public SchemaContext context() {
    SchemaContext made = context;
    if (made == null) {
      made = make();
      context = made;
    }
    return made;
  }

  private SchemaContext make() {
    MigrationSettings migrations = settings.apply(files.settings());
    WorkerConnections connections = new WorkerConnections(server.settings(), 4);
    Sessions sessions =
        new Sessions(
            migrations,
            connections,
            new RetryPolicy(tries, pause, pause.multipliedBy(2), leaseWait));
    Leases leases = new Leases(connections, sessions.histories(), migrations.leaseTimeout());
    Announcer announcer = new Announcer("scripted", connections::borrow);
    Drainer drainer = new Drainer(migrations.drain(), connections::borrow, announcer, () -> {});
    LockWatch lockWatch = new LockWatch(connections, drainer.orphans());
    RunThreads threads = RunThreads.of(2, 1);
    new SchemaNames(sessions, SchemaPattern.parse("tenant_{tenant}"));
    closing.add(
        () -> {
          threads.close(() -> {});
          threads.clock().shutdownNow();
          lockWatch.close();
          leases.close();
          drainer.close();
          announcer.close();
          connections.close();
        });
    return new SchemaContext(
        sessions,
        leases,
        new SchemaBackup(server::settings, backup, Clock.systemUTC()),
        threads,
        lockWatch,
        announcer,
        drainer,
        new DrainPrefetch(threads.clock(), 1),
        new LostMigrations(),
        (changelog, session) -> checkpoints.resolved(changelog, session),
        (connection, schemas) -> external.read(connection, schemas));
  }

  /** Prepares a run to the latest version that somebody waits for. */
  SchemaRun run() {
    return run(new Goal.Up(new Target.Latest()));
  }

  /** Prepares a run to a goal. */
  SchemaRun run(Goal goal) {
    return SchemaRun.alone(context(), files.changelog(), ACME, goal, new Telling(told, committed));
  }

  /** Prepares a run as a fleet does. */
  SchemaRun ofFleet(Changelog changelog, ObservedHistory seen, Runnable firstPause) {
    return new SchemaRun(
        context(),
        changelog,
        ACME,
        new Goal.Up(new Target.Latest()),
        new Telling(told, committed),
        seen,
        firstPause,
        false);
  }

  /**
   * Prepares a run as a fleet does that has seen the history, and goes ahead by that.
   *
   * @param token the lease's, which nobody holds
   */
  SchemaRun ahead(long token) {
    Changelog changelog = files.changelog();
    SchemaHistory seen =
        new SchemaHistory(ACME, true, tableThere, entries(), null, null, !tableThere, null);
    List<Step> steps = new Goal.Up(new Target.Latest()).plan(seen, changelog).steps();
    ObservedHistory.Work work = new ObservedHistory.Work(new SchemaProgress(seen), steps);
    ObservedHistory.Ahead ahead = new ObservedHistory.Ahead(work, token, null);
    return ofFleet(changelog, ObservedHistory.of(seen, ahead), () -> {});
  }

  private List<HistoryEntry> entries() {
    return history.values().stream()
        .map(
            row ->
                new HistoryEntry(
                    new Version(Long.parseLong(String.valueOf(row.get(0)))),
                    String.valueOf(row.get(1)),
                    String.valueOf(row.get(2)),
                    Instant.EPOCH,
                    1,
                    row.get(6)))
        .toList();
  }

  /** Runs to the end. */
  static SchemaOutcome outcome(SchemaRun run) throws Exception {
    run.start();
    return run.result().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Brings the schema up to the latest version. */
  SchemaOutcome migrate() throws Exception {
    return outcome(run());
  }

  /** The first message that contains a text, with the statements that follow it in lines. */
  String message(String part) {
    return server.sent(part).get(0);
  }

  /** The gateway's answer to a drain: nothing is under way in the schema. */
  static @Nullable Reply drained(String statement) {
    return drained(statement, 11);
  }

  /** The same for the lease with that token. */
  static @Nullable Reply drained(String statement, long token) {
    return statement.strip().startsWith("SELECT")
        ? new Rows(
            List.of("c1", "c2", "c3", "c4", "c5"),
            List.of(Arrays.asList("tenant_acme", Long.toString(token), "gate-1", "t", null)))
        : null;
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    server.close();
  }
}
