package dev.tenantgate.migrator.run;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.history.Elsewhere;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryFunctions;
import dev.tenantgate.migrator.history.SeedLog;
import dev.tenantgate.migrator.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all runs of one migrator share. Thread-safe.
 *
 * <p>Worker threads take tasks in the order of their coming. A task that has to wait gives its
 * thread back and comes again by the clock.
 */
final class MigrationContext {

  private static final Logger LOG = LoggerFactory.getLogger(MigrationContext.class);

  /** Who runs this process: {@code user@host}. */
  private static final String BY =
      System.getProperty("user.name", "somebody") + "@" + ProcessName.hostName();

  /**
   * For each worker, so many schemas may be drained while others of a fleet are migrated, where any
   * are.
   */
  private static final int DRAINS_AHEAD = 1;

  private volatile MigrationSettings settings;
  private final WorkerConnections connections;
  private final SchemaBackup backup;
  private final Leases leases;
  private final RetryPolicy retries;
  private final ExecutorService workers;
  private final ScheduledExecutorService clock;
  private final LockWatch lockWatch;
  private final NonTransactionalPhase ownPhase;
  private volatile @Nullable ExecutionStrategy strategy;
  private final Announcer announcer;
  private final Drainer drainer;
  private final DrainPrefetch drainsAhead;
  private final LostMigrations losses = new LostMigrations();
  private final Templates templates = new Templates(this);
  private @Nullable ExternalReader externalReader;
  private volatile boolean registryIsThere;
  private volatile boolean functions;

  /** Where other tools' histories of all schemas may stand. */
  private volatile Elsewhere elsewhere = Elsewhere.NOWHERE;

  /** By name, those whose owner isn't the account; null before they were looked at. */
  private volatile @Nullable Set<String> ofOthers;

  MigrationContext(
      MigrationSettings settings,
      WorkerConnections connections,
      SchemaBackup backup,
      Leases leases,
      RetryPolicy retries,
      ExecutorService workers,
      ScheduledExecutorService clock,
      LockWatch lockWatch,
      NonTransactionalPhase ownPhase,
      Announcer announcer,
      Drainer drainer) {
    this.settings = settings;
    this.connections = connections;
    this.backup = backup;
    this.leases = leases;
    this.retries = retries;
    this.workers = workers;
    this.clock = clock;
    this.lockWatch = lockWatch;
    this.ownPhase = ownPhase;
    this.announcer = announcer;
    this.drainer = drainer;
    this.drainsAhead = new DrainPrefetch(clock, DRAINS_AHEAD * settings.workers());
  }

  /** Where other tools' histories of all schemas may stand. */
  Elsewhere elsewhere() {
    return elsewhere;
  }

  /** Notes where they may. */
  void elsewhere(Elsewhere where) {
    elsewhere = where;
  }

  /** Notes how another tool's histories are read; before anything is. */
  void readExternallyBy(ExternalReader reader) {
    externalReader = reader;
  }

  /** Whether another tool migrates. */
  boolean isExternal() {
    return settings.tool().isExternal();
  }

  /** How that tool's histories are read. */
  ExternalReader externalReader() {
    return Objects.requireNonNull(externalReader, "noted by the migrator");
  }

  SchemaBackup backup() {
    return backup;
  }

  /** Adds a file of seed data to a script, and its row in the log. */
  void seed(MigrationScript script, SchemaRef schema, SeedFile file) {
    script.statement(SeedLog.record(schema, file, BY)).statements(file.part());
  }

  MigrationSettings settings() {
    return settings;
  }

  /** Takes other settings for what begins from now on. */
  void reconfigure(MigrationSettings other) {
    settings = other;
  }

  WorkerConnections connections() {
    return connections;
  }

  Leases leases() {
    return leases;
  }

  RetryPolicy retries() {
    return retries;
  }

  ExecutorService workers() {
    return workers;
  }

  ScheduledExecutorService clock() {
    return clock;
  }

  /** Who runs this process: {@code user@host}. */
  String by() {
    return BY;
  }

  LockWatch lockWatch() {
    return lockWatch;
  }

  NonTransactionalPhase ownPhase() {
    return ownPhase;
  }

  /** Lets transactions of gateways end first. */
  Drainer drainer() {
    return drainer;
  }

  /** The schemas over whose migrations a connection was lost. */
  LostMigrations losses() {
    return losses;
  }

  /** Reads the schema that new tenants' are copied from. */
  Templates templates() {
    return templates;
  }

  /** Which runs wait for transactions in addition to those that have their turn. */
  DrainPrefetch drainsAhead() {
    return drainsAhead;
  }

  /**
   * What an error means that was met while migrations were tried out: if the connection is lost,
   * but the server can be reached, the migrations' doing.
   *
   * @throws SQLException the same error, if it isn't
   */
  SqlFailure lossOrThrow(SQLException error, Connection connection) throws SQLException {
    SqlFailure failure = SqlFailure.of(error, connection);
    if (!failure.isLoss()) {
      throw error;
    }
    try (Connection another = connections.borrow()) {
      connections.backendOf(another);
      return failure;
    } catch (SQLException unreachable) {
      error.addSuppressed(unreachable);
      throw error;
    }
  }

  /** How schema changes are executed at this server; asked of it once. */
  ExecutionStrategy strategy(Connection connection) throws SQLException {
    ExecutionStrategy known = strategy;
    if (known == null) {
      known = ExecutionStrategy.of(settings.execution().strategy(), connection);
      strategy = known;
    }
    return known;
  }

  /** Has the other processes told that a schema's history has been changed. */
  void announce(SchemaRef schema) {
    announcer.changed(schema.schema());
  }

  /** Begins a transaction that changes a schema. */
  MigrationScript script(SchemaRef schema) {
    return new MigrationScript(schema, settings, BY, connections.fresh())
        .usingFunctions(functions)
        .asOwner(takesRole(schema) ? SchemaOwner.takeRole(schema, true) : null);
  }

  /** Whether a schema's migrations are run with its owner's rights. */
  boolean takesRole(SchemaRef schema) {
    ExecutionStrategy known = strategy;
    return settings.execution().role() == ExecutionSettings.Role.OWNER
        && !schema.isPublic()
        && (known == null || known.hasTransactionalDdl());
  }

  /** Whether a schema is known to be the account's own, as of the last look at all of them. */
  boolean isOwn(SchemaRef schema) {
    Set<String> others = ofOthers;
    return others != null && !others.contains(schema.schema());
  }

  /** Notes which schemas have another owner than the account. */
  void ofOthers(Set<String> schemas) {
    ofOthers = Set.copyOf(schemas);
  }

  /** A session over a connection that was borrowed. */
  WorkerSession session(Connection connection, RunControl control) {
    return new WorkerSession(connection, connections.fresh(), control);
  }

  /** The statement that tells the journal of a step that failed and was rolled back. */
  String journalFailure(SchemaRef schema, Step step, String error) {
    return Journal.record(schema, step.version(), step.name(), step.action(), BY, "NULL", error);
  }

  /** Creates the registry at first use. */
  void ensureRegistry(Connection connection) throws SQLException {
    if (registryIsThere) {
      return;
    }
    try {
      Registry.create(connection);
    } catch (SQLException e) {
      if ("42501".equals(e.getSQLState())) {
        throw new SQLException(
            "the schema %s doesn't exist and the gateway's account may not create it; create it"
                    .formatted(Registry.SCHEMA)
                + " with this account as its owner, or GRANT CREATE ON DATABASE to it",
            e.getSQLState());
      }
      throw e;
    }
    functions = makeFunctions(connection);
    registryIsThere = true;
  }

  /** Whether the server has the registry's functions; known once the registry is there. */
  boolean hasFunctions() {
    return functions;
  }

  private boolean makeFunctions(Connection connection) throws SQLException {
    if (!strategy(connection).hasTransactionalDdl()) {
      return false;
    }
    try {
      RegistryFunctions.create(connection);
      return true;
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e, connection);
      if (failure.kind() == SqlFailure.Kind.CONNECTION) {
        throw e;
      }
      LOG.atInfo()
          .addKeyValue("error", failure.text())
          .log(
              "the registry's functions can't be made; runs over many tenants take a little"
                  + " longer");
      return false;
    }
  }

  /** Looks for the registry again before it is next used. */
  void forgetRegistry() {
    registryIsThere = false;
  }

  /** Whether an error says that somebody dropped the registry. */
  static boolean isAboutMissingRegistry(SQLException e) {
    return "42P01".equals(e.getSQLState())
        || "42883".equals(e.getSQLState())
        || "3F000".equals(e.getSQLState());
  }
}
