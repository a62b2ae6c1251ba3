package dev.tenantgate.migrator.session;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.connection.ExecutionStrategy;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.history.Elsewhere;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.SeedLog;
import dev.tenantgate.migrator.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one migrator at the database: its pooled connections, the settings in force for
 * them, and the transactions that begin over them. All other packages of a run work on this one.
 * Thread-safe.
 */
public final class Sessions {

  /** The user of this process: {@code user@host}. */
  private static final String BY =
      System.getProperty("user.name", "somebody") + "@" + ProcessName.hostName();

  private volatile MigrationSettings settings;
  private final WorkerConnections connections;
  private final HistoryName historyName;
  private final HistoryReader histories;
  private final RetryPolicy retries;
  private final RegistryAccess registry;
  private volatile @Nullable ExecutionStrategy strategy;

  /** Where other tools' histories of all schemas may stand. */
  private volatile Elsewhere elsewhere = Elsewhere.NOWHERE;

  /** By name, those whose owner isn't the account; null before they were looked at. */
  private volatile @Nullable Set<String> ofOthers;

  /** Makes the sessions of one migrator; none is opened yet. */
  public Sessions(MigrationSettings settings, WorkerConnections connections, RetryPolicy retries) {
    this.settings = settings;
    this.connections = connections;
    this.historyName = new HistoryName(settings.ownHistoryTable());
    this.histories = new HistoryReader(historyName);
    this.retries = retries;
    this.registry = new RegistryAccess(this);
  }

  /** The name of every schema's history. */
  public HistoryName historyName() {
    return historyName;
  }

  /** The statements about every schema's history. */
  public HistoryTable historyTable() {
    return new HistoryTable(historyName);
  }

  /** Reads histories. */
  public HistoryReader histories() {
    return histories;
  }

  /** Where other tools' histories of all schemas may stand. */
  public Elsewhere elsewhere() {
    return elsewhere;
  }

  /** Notes where they may. */
  public void elsewhere(Elsewhere where) {
    elsewhere = where;
  }

  /** Whether another tool migrates. */
  public boolean isExternal() {
    return settings.tool().isExternal();
  }

  public MigrationSettings settings() {
    return settings;
  }

  /** Takes other settings for the runs that begin from now on. */
  public void reconfigure(MigrationSettings other) {
    settings = other;
  }

  public WorkerConnections connections() {
    return connections;
  }

  /** How often and how long failed tries are repeated. */
  public RetryPolicy retries() {
    return retries;
  }

  /** The registry, which is created at first use. */
  public RegistryAccess registry() {
    return registry;
  }

  /** The user of this process: {@code user@host}. */
  public static String by() {
    return BY;
  }

  /** A session over a connection that was borrowed. */
  public WorkerSession session(Connection connection, RunControl control) {
    return new WorkerSession(connection, connections.fresh(), control);
  }

  /** Begins a transaction that changes a schema. */
  public MigrationScript script(SchemaRef schema) {
    return new MigrationScript(
            schema, settings, historyTable(), registry.bookkeeping(), BY, connections.fresh())
        .asOwner(takesRole(schema) ? SchemaOwner.takeRole(schema, true) : null);
  }

  /** Adds a file of seed data to a script, and its row in the log. */
  public void seed(MigrationScript script, SchemaRef schema, SeedFile file) {
    script.statement(SeedLog.record(schema, file, BY)).statements(file.part());
  }

  /** The statement that tells the journal of a step that failed and was rolled back. */
  public String journalFailure(SchemaRef schema, Step step, String error) {
    return Journal.record(schema, step.version(), step.name(), step.action(), BY, "NULL", error);
  }

  /** How schema changes are executed at this server; asked of it once. */
  public ExecutionStrategy strategy(Connection connection) throws SQLException {
    ExecutionStrategy known = strategy;
    if (known == null) {
      known = ExecutionStrategy.of(settings.execution().strategy(), connection);
      strategy = known;
    }
    return known;
  }

  /** Whether a schema's migrations are run with its owner's rights. */
  public boolean takesRole(SchemaRef schema) {
    ExecutionStrategy known = strategy;
    return settings.execution().role() == ExecutionSettings.Role.OWNER
        && !schema.isPublic()
        && (known == null || known.hasTransactionalDdl());
  }

  /** Whether a schema is known to be the account's own, as of the last look at all of them. */
  public boolean isOwn(SchemaRef schema) {
    Set<String> others = ofOthers;
    return others != null && !others.contains(schema.schema());
  }

  /** Notes which schemas have another owner than the account. */
  public void ofOthers(Set<String> schemas) {
    ofOthers = Set.copyOf(schemas);
  }

  /**
   * The failure of migrations that were tried out and took the connection with them, while the
   * server can still be reached.
   *
   * @throws SQLException the same error, if the connection is there or the server isn't
   */
  public SqlFailure lossOrThrow(SQLException error, Connection connection) throws SQLException {
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
}
