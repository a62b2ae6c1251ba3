package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A transaction of the application that holds one tenant's table while a fleet is migrated. */
@Timeout(120)
class LongTransactionIT {

  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  Migrator migrator;
  Changelog changelog;
  Connection application;
  final List<String> told = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void open() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    TestChangelog files =
        new TestChangelog(folder)
            .with("001_a.sql", "ALTER TABLE a ADD x int;")
            .with("002_b.sql", "ALTER TABLE b ADD x int;");
    changelog = files.changelog().withUnmanaged(UnmanagedPolicy.MIGRATE);
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    IntStream.range(0, 8)
        .forEach(
            n ->
                database.execute(
                    "CREATE SCHEMA tenant_%1$d; CREATE TABLE tenant_%1$d.a (); CREATE TABLE tenant_%1$d.b ()"
                        .formatted(n)));
    application = database.connect();
    application.setAutoCommit(false);
    try (Statement statement = application.createStatement()) {
      statement.execute("SET application_name = 'reporting'");
      statement.execute("SELECT count(*) FROM tenant_3.b");
    }
  }

  @AfterEach
  void close() throws SQLException {
    application.close();
    migrator.close();
    database.close();
  }

  private CompletableFuture<FleetOutcome> migrateAll() {
    FleetListener listener =
        new FleetListener() {
          @Override
          public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
            told.add("retrying " + schema + " " + sqlState);
          }

          @Override
          public void blocked(SchemaRef schema, List<Blocker> blockers) {
            blockers.forEach(blocker -> told.add(schema + " waits for " + blocker));
          }
        };
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return migrator
                .runs()
                .migrateAll(changelog, new FleetScope.AllTenants(), LATEST, listener);
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private long migrated() {
    return database
        .column(
            "SELECT 1 FROM pg_attribute WHERE attname = 'x' AND attrelid::regclass::text ~ 'b$'")
        .size();
  }

  @Test
  void theOthersAreFinishedAndThisOneIsWhenItsTableIsFree() throws Exception {
    CompletableFuture<FleetOutcome> run = migrateAll();
    await().until(() -> migrated() == 7 && told.contains("retrying tenant_3 55P03"));

    // The application's statements get through, however often the migration tries: its place in
    // the queue, and what it has locked before, are given up each time.
    for (int i = 0; i < 3; i++) {
      database.execute("SELECT count(*) FROM tenant_3.a; SELECT count(*) FROM tenant_3.b");
    }
    assertThat(run).isNotDone();
    assertThat(told)
        .anyMatch(
            line ->
                line.startsWith("tenant_3 waits for pid ")
                    && line.contains("(reporting, user postgres, idle in transaction")
                    && line.contains("SELECT count(*) FROM tenant_3.b"));
    application.rollback();

    assertThat(run.get().succeeded()).isTrue();
    assertThat(migrated()).isEqualTo(8);
  }

  @Test
  void whatIsNeverFreeFailsNamingWhoHasIt() throws Exception {
    FleetOutcome outcome = migrateAll().get();

    assertThat(outcome.failures())
        .singleElement()
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> {
              assertThat(failed.schema().tenant()).isEqualTo("3");
              assertThat(failed.sqlState()).isEqualTo("55P03");
              assertThat(failed.error()).contains("blocked by pid", "reporting");
            });
    assertThat(database.column("SELECT status FROM tenant_3.schema_migrations ORDER BY version"))
        .containsExactly("success", "failed");
  }
}
