package dev.tenantgate.migrator;

import dev.tenantgate.migrator.announce.ChangeFeed;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.Drift;
import dev.tenantgate.migrator.run.FleetOutcome;
import dev.tenantgate.migrator.run.FleetScope;
import dev.tenantgate.migrator.run.MigrationLease;
import dev.tenantgate.migrator.run.MigrationListener;
import dev.tenantgate.migrator.run.Rehearsal;
import dev.tenantgate.migrator.run.SchemaOutcome;
import dev.tenantgate.migrator.run.TenantCreation;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The migrator's way in, for the gateway, the command line and any other JVM application. Made by
 * {@link Migrators}; nothing connects before the first call that needs the database, and a database
 * that was away is found again by the next call.
 *
 * <p>Thread-safe; its calls block. The changelog is given with each call, so that a reload of
 * migrations needs no new migrator. Reading never creates or changes anything in the database.
 */
public interface Migrator extends AutoCloseable {

  /**
   * Makes sure that the database can be reached and answers.
   *
   * @throws SQLException if not; its message is fit to be shown
   */
  void checkReachable() throws SQLException;

  /** The schema of a tenant, whether it exists or not. */
  SchemaRef schemaOf(String tenant);

  /** Every tenant schema that there is, by name. */
  List<SchemaRef> tenants() throws SQLException;

  /** Reads one schema's history, from the schema itself. */
  SchemaHistory history(SchemaRef schema) throws SQLException;

  /** Reads the histories of many schemas, in few round trips, in the order given. */
  List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException;

  /** What the registry says of every schema, by name; empty where there is no registry yet. */
  List<RegistryRow> registry() throws SQLException;

  /** The schemas that are being migrated right now, by whichever process. */
  List<MigrationLease> leases() throws SQLException;

  /**
   * Brings one schema up to the target, under its lease. Never throws for what happens to the
   * schema; that is the outcome. An interrupt cancels the run, as {@link #cancel} does, and leaves
   * the thread interrupted.
   */
  default SchemaOutcome migrate(Changelog changelog, SchemaRef schema, Target target) {
    return migrate(changelog, schema, target, MigrationListener.NONE);
  }

  /** The same, telling the listener about each step. */
  default SchemaOutcome migrate(
      Changelog changelog, SchemaRef schema, Target target, MigrationListener listener) {
    return run(changelog, schema, new Goal.Up(target), listener);
  }

  /** Brings one schema to any goal, up or down, as {@link #migrate} does. */
  SchemaOutcome run(Changelog changelog, SchemaRef schema, Goal goal, MigrationListener listener);

  /**
   * Brings many schemas up to the target: {@code public} first where the scope has it, then the
   * tenants, several at once. One tenant's failure never touches another; a failure of {@code
   * public} leaves the tenants alone. Interrupts as {@link #migrate}.
   *
   * @throws SQLException if the schemas and their histories can't be read; nothing has run then
   */
  default FleetOutcome migrateAll(
      Changelog changelog, FleetScope scope, Target target, MigrationListener listener)
      throws SQLException {
    return runAll(changelog, scope, new Goal.Up(target), listener);
  }

  /**
   * Brings many schemas to any goal, as {@link #migrateAll} does; on the way down {@code public}
   * comes last, and only once every tenant has succeeded.
   *
   * @throws SQLException if the schemas and their histories can't be read; nothing has run then
   */
  FleetOutcome runAll(Changelog changelog, FleetScope scope, Goal goal, MigrationListener listener)
      throws SQLException;

  /** The schemas that a run of many would be for, {@code public} first if it is among them. */
  List<SchemaRef> schemas(FleetScope scope) throws SQLException;

  /**
   * Says what a run would do to one schema, and tries it in a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException;

  /**
   * Holds schemas against what their histories claim, in the order given. The reference is built in
   * a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  List<Drift> verify(Changelog changelog, Collection<SchemaRef> schemas) throws SQLException;

  /**
   * What was done to a schema by this and any other migrator, in that order; since the registry is
   * there.
   *
   * @param schema the schema; null for all
   */
  List<JournalEntry> journal(@Nullable SchemaRef schema) throws SQLException;

  /**
   * Creates a tenant's schema and applies all its migrations, in one transaction: it exists whole,
   * or not at all.
   */
  TenantCreation createTenant(Changelog changelog, String tenant);

  /** The same, rolled back in the end: says whether it would succeed. */
  TenantCreation rehearseCreation(Changelog changelog, String tenant);

  /**
   * Has a listener told what other processes change, right after they did; where the server can't
   * (CockroachDB), nothing is told.
   *
   * @return ends with the migrator, if it isn't closed before
   */
  ChangeFeed follow(ChangeListener listener);

  /**
   * Cancels what this migrator is doing to the schema; it is rolled back and its outcome is {@link
   * SchemaOutcome.Cancelled}.
   *
   * @return whether there was anything to cancel
   */
  boolean cancel(SchemaRef schema);

  /** Holds a history against a changelog; as {@link SchemaStatus#of}. */
  static SchemaStatus status(SchemaHistory history, Changelog changelog, Target target) {
    return SchemaStatus.of(history, changelog, target);
  }

  /** Cancels what is running, gives its leases back and closes every connection. */
  @Override
  void close();
}
