package dev.tenantgate.migrator;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.announce.ChangeFeed;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.drain.Membership;
import dev.tenantgate.migrator.drain.MembershipListener;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.CheckpointNotMadeException;
import dev.tenantgate.migrator.run.Drift;
import dev.tenantgate.migrator.run.FleetOutcome;
import dev.tenantgate.migrator.run.FleetRequest;
import dev.tenantgate.migrator.run.FleetScope;
import dev.tenantgate.migrator.run.MigrationLease;
import dev.tenantgate.migrator.run.MigrationListener;
import dev.tenantgate.migrator.run.Rehearsal;
import dev.tenantgate.migrator.run.SchemaOutcome;
import dev.tenantgate.migrator.run.Seeding;
import dev.tenantgate.migrator.run.TenantCreation;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
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

  /**
   * The rights of the account that it has no need of, in the words of {@code CREATE ROLE}.
   *
   * @throws SQLException if the database can't be reached
   */
  default List<String> excessRights() throws SQLException {
    return List.of();
  }

  /**
   * The rights that the account lacks for what the settings ask for, each in a sentence with the
   * statement that grants it. The catalog is read, and nothing is tried.
   *
   * @throws SQLException if the database can't be reached
   */
  default List<String> missingRights() throws SQLException {
    return List.of();
  }

  /** The schema of a tenant, whether it exists or not. */
  SchemaRef schemaOf(String tenant);

  /** Every tenant schema that there is, by name. */
  List<SchemaRef> tenants() throws SQLException;

  /** Every schema that is neither a tenant's, nor public, nor ours or the server's, by name. */
  List<String> otherSchemas() throws SQLException;

  /** Reads one schema's history, from the schema itself. */
  SchemaHistory history(SchemaRef schema) throws SQLException;

  /** Reads the histories of many schemas, in few round trips, in the order given. */
  List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException;

  /**
   * Reads the histories of any number of schemas and gives them on one by one, in the order given,
   * on the calling thread; holds but a part of them at a time.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  void survey(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer) throws SQLException;

  /**
   * The same, without opening the histories of which the server's statistics tell that nothing was
   * written to them since the registry's row was: as true, and as quick as {@link #surveyRegistry}
   * where nobody has been at work on the database for a quarter of a minute. Times and durations in
   * a history that wasn't opened are those of another schema with the same migrations.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  void surveyChanged(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException;

  /** What the registry says of every schema, by name; empty where there is no registry yet. */
  List<RegistryRow> registry() throws SQLException;

  /**
   * Gives on, as {@link #survey} does, what the registry knows of these schemas: at once, but only
   * as true as the registry is. Times and durations in these histories are those of another schema
   * with the same migrations.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  void surveyRegistry(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException;

  /**
   * Reads every history and puts the registry right where it is missing, stale or edited; what is
   * migrated meanwhile isn't undone. A run over all tenants does the same with what it reads.
   *
   * @return what was wrong
   */
  List<Repaired> repairRegistry() throws SQLException;

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
  default FleetOutcome runAll(
      Changelog changelog, FleetScope scope, Goal goal, MigrationListener listener)
      throws SQLException {
    return runAll(new FleetRequest(changelog, scope, goal), listener);
  }

  /**
   * Brings many schemas to a goal, in stages where the rollout says so. What there is to do is read
   * from the histories; a plan of more than one schema is kept in the registry while it is gone
   * through, so that a run that was killed can be gone on with. Any number of processes may run at
   * once, each with a plan of its own: who does which schema is up to the leases.
   *
   * @throws SQLException if the schemas and their histories can't be read, or the plan can't be
   *     kept; nothing has run then
   * @throws dev.tenantgate.migrator.run.RunRefusedException if it can't be begun as it was asked
   *     for: a canary that isn't there, an unfinished run that is going on, or whose migrations
   *     were changed
   */
  FleetOutcome runAll(FleetRequest request, MigrationListener listener) throws SQLException;

  /** The runs of many schemas that are remembered, the last one first. */
  List<RecordedRun> runs() throws SQLException;

  /**
   * Lets an unfinished run count as discarded, so that nothing goes on with it any more.
   *
   * @return whether there is an unfinished run of that number
   */
  boolean discardRun(long run) throws SQLException;

  /** The histories that were taken over from other tools, by schema. */
  default List<Adoption> adoptions() throws SQLException {
    return List.of();
  }

  /**
   * Gives tables for all schemas, whose histories were taken over, their other names, once no
   * schema needs them any more.
   *
   * @return what became of each such table, in words
   */
  default List<String> retireAdopted(Changelog changelog) throws SQLException {
    return List.of();
  }

  /** The schemas that a run of many would be for, {@code public} first if it is among them. */
  List<SchemaRef> schemas(FleetScope scope) throws SQLException;

  /**
   * Says what a run would do to one schema, and tries it in a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException;

  /**
   * The same for many schemas, several at once; gives the results on in the order given, on the
   * calling thread. Each is tried by itself: what another one's pending migrations bring isn't
   * there.
   *
   * @throws SQLException if the database can't be reached or read
   */
  void rehearseAll(
      Changelog changelog, Collection<SchemaRef> schemas, Goal goal, Consumer<Rehearsal> consumer)
      throws SQLException;

  /**
   * Has the server's parser read migrations, of which none is run. It reads no bodies of DO, nor of
   * functions in other languages than SQL's own.
   *
   * @return the errors, each with file and line
   * @throws SQLException if the database can't be reached
   */
  List<ChangelogProblem> checkSyntax(Collection<Migration> migrations) throws SQLException;

  /**
   * Holds schemas against what their histories claim, in the order given. The reference is built in
   * a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  List<Drift> verify(Changelog changelog, Collection<SchemaRef> schemas) throws SQLException;

  /**
   * Holds the checkpoint that new tenants are created from against what all migrations come to: the
   * schema, its rows, the positions of its sequences. Both are made and undone.
   *
   * @return what differs; empty where there is no checkpoint
   * @throws SQLException if the database can't be reached or read
   */
  Optional<Drift> verifyCheckpoint(Changelog changelog) throws SQLException;

  /**
   * Writes down what a tenant's migrations up to a version come to, for {@code
   * migrations.checkpoint.dump}. They are applied to a schema that is undone.
   *
   * @param version one of a tenant's migration
   * @throws CheckpointNotMadeException if they fail, or come to what can't be written down
   * @throws SQLException if the database can't be reached
   */
  String makeCheckpoint(Changelog changelog, Version version)
      throws SQLException, CheckpointNotMadeException;

  /**
   * What was done to a schema by this and any other migrator, in that order; since the registry is
   * there.
   *
   * @param schema the schema; null for all
   */
  List<JournalEntry> journal(@Nullable SchemaRef schema) throws SQLException;

  /**
   * Creates a tenant's schema, applies all its migrations, grants what the settings say and applies
   * the changelog's seed data, in one transaction: it exists whole, or not at all.
   */
  default TenantCreation createTenant(Changelog changelog, String tenant) {
    return createTenant(changelog, tenant, SeedValues.NONE);
  }

  /**
   * The same for a tenant of which more is known.
   *
   * @param values what seed data may ask for
   */
  TenantCreation createTenant(Changelog changelog, String tenant, SeedValues values);

  /**
   * Gives a tenant that is there already the changelog's seed data: those files that it wasn't
   * given yet, all or none. Never throws for what happens to the schema; that is the result.
   */
  default Seeding seed(Changelog changelog, SchemaRef schema) {
    return seed(changelog, schema, SeedValues.NONE);
  }

  /**
   * The same for a tenant of which more is known.
   *
   * @param values what seed data may ask for
   */
  Seeding seed(Changelog changelog, SchemaRef schema, SeedValues values);

  /** Grants what the settings say in a schema that is there already. Throws as {@link #seed}. */
  Seeding grant(SchemaRef schema);

  /** As {@link #seed}, rolled back in the end: says what would be run, and whether it succeeds. */
  Seeding rehearseSeed(Changelog changelog, SchemaRef schema, SeedValues values);

  /** As {@link #grant}, rolled back in the end. */
  Seeding rehearseGrant(SchemaRef schema);

  /** As {@link #createTenant}, rolled back in the end: says whether it would succeed. */
  TenantCreation rehearseCreation(Changelog changelog, String tenant, SeedValues values);

  /** The same for a tenant of which nothing else is known. */
  default TenantCreation rehearseCreation(Changelog changelog, String tenant) {
    return rehearseCreation(changelog, tenant, SeedValues.NONE);
  }

  /**
   * Has a listener told what other processes change, right after they did; where the server can't
   * (CockroachDB), nothing is told.
   *
   * @return ends with the migrator, if it isn't closed before
   */
  ChangeFeed follow(ChangeListener listener);

  /** The schema of that name; empty if it is neither {@code public} nor a tenant's. */
  Optional<SchemaRef> schemaNamed(String name);

  /**
   * Takes a place among the gateways on the database: migrations that aren't online wait for those
   * until none of their transactions is under way on the schema.
   *
   * @param lease how long they wait for one that isn't heard of any more
   * @return yet to be started; ends with the migrator, if it isn't closed before
   */
  Membership join(Duration lease, MembershipListener listener);

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

  /**
   * Takes other settings for the runs that begin from now on: timeouts, and how carefully runs go
   * over all tenants. What threads, connections and leases were made with stays as it was.
   */
  void reconfigure(MigrationSettings migrations);

  /** Cancels what is running, gives its leases back and closes every connection. */
  @Override
  void close();
}
