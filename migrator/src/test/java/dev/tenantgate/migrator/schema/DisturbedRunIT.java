package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.lease.MigrationLease;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run that something happens to: its connection, its lease, its locks, its caller. */
@Timeout(60)
class DisturbedRunIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  /** Waits for an advisory lock that the test holds; so the test knows when it runs. */
  private static final String BLOCKED =
      "CREATE TABLE half (id int); SELECT pg_advisory_xact_lock(1); CREATE TABLE whole (id int);";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;
  Connection blocker;

  @BeforeEach
  void open() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = newMigrator();
    database.execute("CREATE SCHEMA tenant_acme");
    blocker = database.connect();
  }

  @AfterEach
  void close() throws SQLException {
    blocker.close();
    migrator.close();
    database.close();
  }

  private Migrator newMigrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private Changelog blockedMigration() {
    // The lock timeout is for tables; the advisory lock is to be waited for.
    return files.with("00001_blocked.sql", "SET LOCAL lock_timeout = 0; " + BLOCKED).changelog();
  }

  private void block() throws SQLException {
    onBlocker("SELECT pg_advisory_lock(1)");
  }

  private void unblock() throws SQLException {
    onBlocker("SELECT pg_advisory_unlock(1)");
  }

  private void onBlocker(String sql) throws SQLException {
    try (Statement statement = blocker.createStatement()) {
      statement.execute(sql);
    }
  }

  private CompletableFuture<SchemaOutcome> migrateInBackground(
      Migrator which, Changelog changelog) {
    return CompletableFuture.supplyAsync(() -> which.runs().migrate(changelog, ACME, LATEST));
  }

  private void awaitBlocked() {
    await()
        .until(
            () ->
                !database
                    .column(
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND wait_event_type = 'Lock' AND wait_event = 'advisory'")
                    .isEmpty());
  }

  private void assertNothingApplied() {
    assertThat(
            database.column(
                "SELECT relname FROM pg_class WHERE relnamespace = 'tenant_acme'::regnamespace"))
        .isEmpty();
  }

  @Test
  void aKilledConnectionLeavesNothingBehindAndTheRunFinishesOverAnother() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(migrator, changelog);
    awaitBlocked();

    database.column(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND wait_event = 'advisory'");

    assertNothingApplied();
    unblock();
    assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  /** A server that crashed under a run keeps the lease, and nobody else is going to take it. */
  @Test
  void aLeaseThatCouldNotBeGivenBackIsTakenUpAgainAtOnce() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(migrator, changelog);
    awaitBlocked();

    database.server().execute("ALTER DATABASE " + database.name() + " ALLOW_CONNECTIONS false");
    onBlocker("UPDATE tenantgate.lease SET expires_at = clock_timestamp() + interval '1 hour'");
    onBlocker(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND application_name = 'tenantgate-migrator'");
    unblock();
    assertThat(run).isNotDone();
    database.server().execute("ALTER DATABASE " + database.name() + " ALLOW_CONNECTIONS true");

    assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void aStaleHolderCannotCommit() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(migrator, changelog);
    awaitBlocked();

    // As if this process had been frozen past its lease's expiry and another had taken it.
    database.execute(
        "UPDATE tenantgate.lease SET holder = 'thief', token = token + 1,"
            + " expires_at = clock_timestamp() + interval '1 hour'");
    unblock();
    await()
        .until(
            () ->
                database
                    .column(
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND application_name = 'tenantgate-migrator' AND state = 'active'")
                    .isEmpty());

    assertNothingApplied();
    assertThat(run).isNotDone();
    // The thief gives it back; the run goes on by itself.
    database.execute("UPDATE tenantgate.lease SET holder = NULL");
    assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void theLeaseOfAProcessThatIsKnownToBeGoneIsTakenAtOnce() {
    Changelog changelog = files.with("00001_a.sql", "CREATE TABLE a (id int);").changelog();
    database.execute("CREATE SCHEMA tenant_first");
    migrator.runs().migrate(changelog, new SchemaRef("tenant_first", "first"), LATEST);
    database.execute(
        "INSERT INTO tenantgate.lease VALUES ('tenant_acme', '%s', 7, clock_timestamp(),"
                .formatted(ProcessName.of(99_999_999_999L))
            + " clock_timestamp() + interval '1 day')");

    assertThat(migrator.runs().migrate(changelog, ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(
            database.value("SELECT token FROM tenantgate.lease WHERE schema_name = 'tenant_acme'"))
        .isEqualTo("8");
  }

  @Test
  void aLeaseOfADeadProcessIsTakenOverWhenItExpires() {
    Changelog changelog = files.with("00001_a.sql", "CREATE TABLE a (id int);").changelog();
    database.execute("CREATE SCHEMA tenant_first");
    migrator.runs().migrate(changelog, new SchemaRef("tenant_first", "first"), LATEST);
    database.execute(
        "INSERT INTO tenantgate.lease VALUES ('tenant_acme', 'dead:1', 7, clock_timestamp(),"
            + " clock_timestamp() + interval '1 second')");

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(
            database.value("SELECT token FROM tenantgate.lease WHERE schema_name = 'tenant_acme'"))
        .isEqualTo("8");
  }

  @Test
  void theHeartbeatKeepsALeaseBeyondItsTimeout() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(migrator, changelog);
    awaitBlocked();
    String first = database.value("SELECT expires_at FROM tenantgate.lease");

    await()
        .until(
            () ->
                "t"
                    .equals(
                        database.value(
                            "SELECT expires_at > '%s'::timestamptz + interval '1 second'"
                                    .formatted(first)
                                + " FROM tenantgate.lease")));

    assertThat(migrator.runs().leases()).extracting(MigrationLease::schema).containsExactly(ACME);
    unblock();
    assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void theSecondOfTwoFindsTheSchemaUpToDate() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    try (Migrator other = newMigrator()) {
      CompletableFuture<SchemaOutcome> first = migrateInBackground(migrator, changelog);
      awaitBlocked();
      CompletableFuture<SchemaOutcome> second = migrateInBackground(other, changelog);
      unblock();

      assertThat(first.get()).isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(second.get()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    }
  }

  @Test
  void aLockThatIsNotToBeHadIsTriedAgain() throws Exception {
    database.execute("CREATE TABLE tenant_acme.busy (id int)");
    Changelog changelog =
        files
            .with("00001_a.sql", "ALTER TABLE busy ADD x int;")
            .changelog()
            .withUnmanaged(UnmanagedPolicy.MIGRATE);
    blocker.setAutoCommit(false);
    onBlocker("LOCK TABLE tenant_acme.busy");
    CountDownLatch putOff = new CountDownLatch(1);
    AtomicReference<String> why = new AtomicReference<>();
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
            why.set(sqlState);
            putOff.countDown();
          }
        };

    CompletableFuture<SchemaOutcome> run =
        CompletableFuture.supplyAsync(
            () -> migrator.runs().migrate(changelog, ACME, LATEST, listener));
    assertThat(putOff.await(60, TimeUnit.SECONDS)).isTrue();
    blocker.rollback();

    assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(why).hasValue("55P03");
  }

  @Test
  void cancellingEndsARunCleanly() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(migrator, changelog);
    awaitBlocked();

    assertThat(migrator.runs().cancel(ACME)).isTrue();

    assertThat(run.get()).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertNothingApplied();
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void anInterruptCancelsTheRun() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    AtomicReference<SchemaOutcome> outcome = new AtomicReference<>();
    AtomicBoolean interrupted = new AtomicBoolean();
    Thread caller =
        new Thread(
            () -> {
              outcome.set(migrator.runs().migrate(changelog, ACME, LATEST));
              interrupted.set(Thread.currentThread().isInterrupted());
            });
    caller.start();
    awaitBlocked();

    caller.interrupt();
    caller.join();

    assertThat(outcome).hasValue(new SchemaOutcome.Cancelled(ACME));
    assertThat(interrupted).isTrue();
    assertNothingApplied();
  }

  @Test
  void closingEndsARunAndGivesItsLeaseBack() throws Exception {
    Changelog changelog = blockedMigration();
    block();
    Migrator closed = newMigrator();
    CompletableFuture<SchemaOutcome> run = migrateInBackground(closed, changelog);
    awaitBlocked();

    closed.close();

    assertThat(run.get()).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertNothingApplied();
    assertThat(database.column("SELECT holder FROM tenantgate.lease")).containsOnlyNulls();
    assertThat(
            database.column(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND application_name = 'tenantgate-migrator'"))
        .isEmpty();
    assertThat(closed.runs().migrate(changelog, ACME, LATEST))
        .isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void aRegistryThatSomebodyDroppedIsMadeAgain() {
    Changelog changelog = files.with("00001_a.sql", "CREATE TABLE a (id int);").changelog();
    migrator.runs().migrate(changelog, ACME, LATEST);
    database.execute("DROP SCHEMA tenantgate CASCADE; CREATE SCHEMA tenant_b");

    assertThat(migrator.runs().migrate(changelog, new SchemaRef("tenant_b", "b"), LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
  }
}
