package dev.tenantgate.migrator;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TenantGrant;
import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.checkpoint.Templates;
import dev.tenantgate.migrator.connection.RowValues;
import dev.tenantgate.migrator.connection.ServerPlace;
import dev.tenantgate.migrator.connection.SqlErrors;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.fleet.RunRegister;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.provision.SchemaGrants;
import dev.tenantgate.migrator.schema.DrainPrefetch;
import dev.tenantgate.migrator.schema.LostMigrations;
import dev.tenantgate.migrator.schema.RunThreads;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.session.LockWatch;
import dev.tenantgate.migrator.session.RetryPolicy;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.subprocess.SchemaBackup;
import dev.tenantgate.migrator.survey.ExternalReader;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.OrderedWork;
import dev.tenantgate.migrator.survey.RegistryReader;
import dev.tenantgate.migrator.survey.SchemaNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * The migrator's way in, for the gateway, the command line and any other JVM application. Nothing
 * connects before the first call that needs the database, and a database that was away is found
 * again by the next call.
 *
 * <p>Thread-safe; its calls block. The changelog is given with each call, so that a reload of
 * migrations needs no new migrator. Reading never creates or changes anything in the database.
 */
public final class Migrator implements AutoCloseable {

  /** Besides one for each worker: for reading while all of those are busy. */
  private static final int READERS = 3;

  /** The leases' heartbeat has a connection of its own, the change feed, and the membership. */
  private static final int OUTSIDE = 3;

  private final WorkerConnections connections;
  private final Sessions sessions;
  private final Leases leases;
  private final Announcer announcer;
  private final LockWatch lockWatch;
  private final RunThreads threads;
  private final RunRegister register = new RunRegister();
  private final Histories histories;
  private final Operations operations;
  private final Runs runs;
  private final Tenants tenants;
  private final Gateways gateways;
  private final Checks checks;

  private Migrator(
      DatabaseSettings database,
      MigrationSettings migrations,
      SchemaPattern pattern,
      List<TenantGrant> tenantGrants) {
    int pooled = Math.max(2, database.maxConnections() - OUTSIDE);
    int workers = Math.max(1, Math.min(migrations.workers(), pooled - 1));
    int inOwnPhase = migrations.execution().concurrentWorkers();
    connections = new WorkerConnections(database, Math.min(pooled, workers + inOwnPhase + READERS));
    sessions =
        new Sessions(migrations, connections, RetryPolicy.standard(migrations.leaseTimeout()));
    leases = new Leases(connections, sessions.histories(), migrations.leaseTimeout());
    String instance = UUID.randomUUID().toString();
    announcer = new Announcer(instance, connections::borrow);
    SchemaNames names = new SchemaNames(sessions, pattern);
    gateways =
        new Gateways(instance, leases.holder(), sessions, names, migrations.drain(), announcer);
    Drainer drainer = gateways.drainer();
    lockWatch = new LockWatch(connections, drainer.orphans());
    threads = RunThreads.of(workers, Math.max(1, Math.min(inOwnPhase, pooled - 1)));
    Templates templates = new Templates(sessions);
    ExternalReader external = new ExternalReader(sessions, names::others);
    SchemaContext context =
        new SchemaContext(
            sessions,
            leases,
            new SchemaBackup(connections::databaseInUse, migrations.backup(), Clock.systemUTC()),
            threads,
            lockWatch,
            announcer,
            drainer,
            new DrainPrefetch(threads.clock(), migrations.workers()),
            new LostMigrations(),
            templates::resolved,
            external::read);
    OrderedWork reading = new OrderedWork(threads.workers(), Math.min(workers, READERS));
    FleetReader reader = new FleetReader(sessions, names, external, reading);
    RegistryReader registry = new RegistryReader(sessions, reader);
    histories = new Histories(sessions, reader, registry, drainer);
    operations = new Operations(context);
    runs = new Runs(context, register, reader, registry, templates, workers);
    SchemaGrants grants = new SchemaGrants(tenantGrants, sessions.historyName());
    tenants = new Tenants(context, names, templates, grants, runs);
    checks = new Checks(sessions, names, templates, new OrderedWork(threads.workers(), workers));
  }

  /** Makes a migrator with these settings. Nothing connects yet; close it when it's done with. */
  public static Migrator open(
      DatabaseSettings database, MigrationSettings migrations, SchemaPattern pattern) {
    return new Migrator(database, migrations, pattern, List.of());
  }

  /** The same, with what roles may do in the schemas of new tenants. */
  public static Migrator open(
      DatabaseSettings database, MigrationSettings migrations, TenantSettings tenants) {
    return new Migrator(database, migrations, tenants.schema(), tenants.grants());
  }

  /** Makes a migrator with the settings of a gateway. */
  public static Migrator open(Settings settings) {
    RowValues.tell(settings.log().migrationValues());
    return open(settings.database(), settings.migrations(), settings.tenants());
  }

  /** The histories of schemas, the registry and the journal. */
  public Histories histories() {
    return histories;
  }

  /** The record of upgrades that gateways were asked for. */
  public Operations operations() {
    return operations;
  }

  /** Runs that bring schemas to a goal. */
  public Runs runs() {
    return runs;
  }

  /** Tenants and their schemas: which there are, new ones, their seed data and grants. */
  public Tenants tenants() {
    return tenants;
  }

  /** This process among the gateways on the database. */
  public Gateways gateways() {
    return gateways;
  }

  /** Checks that change nothing: dry runs, verification, syntax, rights. */
  public Checks checks() {
    return checks;
  }

  /**
   * Makes sure that the database can be reached and answers.
   *
   * @throws SQLException if not; its message is fit to be shown
   */
  public void checkReachable() throws SQLException {
    try (Connection connection = connections.borrow();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    } catch (SQLException e) {
      throw telling(e);
    }
  }

  /**
   * Makes sure that another database, or another account, can be had, without taking it.
   *
   * @throws SQLException if not; its message is fit to be shown
   */
  public static void checkReachable(DatabaseSettings database) throws SQLException {
    try {
      WorkerConnections.check(database);
    } catch (SQLException e) {
      throw telling(e);
    }
  }

  /**
   * Takes other settings of the database: new connections are made by them; old ones end when
   * nothing is under way on them.
   */
  public void reconfigure(DatabaseSettings database) {
    connections.reconfigure(database);
  }

  /** The database that connections lead to. */
  public DatabaseSettings database() {
    return connections.database();
  }

  /** The server in use, where there are several: connections to others end. */
  public void use(ServerPlace place) {
    connections.use(place);
  }

  private static SQLException telling(SQLException e) {
    SQLException telling = new SQLException(SqlErrors.describe(e), SqlFailure.of(e).sqlState());
    telling.addSuppressed(e);
    return telling;
  }

  /**
   * Takes other settings for the runs that begin from now on: timeouts, and how carefully runs go
   * over all tenants. Threads, connections and leases stay as they were made.
   */
  public void reconfigure(MigrationSettings migrations) {
    sessions.reconfigure(migrations);
  }

  /** Cancels what is running, gives its leases back and closes every connection. */
  @Override
  public void close() {
    threads.close(register::cancelAll);
    register.awaitFleets(Duration.ofSeconds(10));
    threads.clock().shutdownNow();
    lockWatch.close();
    leases.close();
    gateways.close();
    announcer.close();
    connections.close();
  }
}
