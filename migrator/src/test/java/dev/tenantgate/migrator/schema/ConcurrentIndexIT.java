package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.verify.Drift;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Indexes that are built concurrently: their own phase, their timeouts, their progress. */
@Timeout(120)
class ConcurrentIndexIT extends ConcurrentIndexFixture {

  @Test
  void buildsAnIndexBetweenTwoMigrationsThatShareNothingWithIt() {
    files
        .with(
            "002_index.sql",
            "BEGIN;\n"
                + INDEX
                + ";\nCOMMIT;\n-- DOWN MIGRATION\nDROP INDEX CONCURRENTLY users_email;")
        .with(
            "003_more.sql",
            "ALTER TABLE users ADD age int;\n-- DOWN MIGRATION\nALTER TABLE users DROP age;");

    SchemaOutcome outcome = up();

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(((SchemaOutcome.Migrated) outcome).applied())
        .containsExactly(new Version(1), new Version(2), new Version(3));
    assertThat(history()).containsExactly("1 success", "2 success", "3 success");
    assertThat(indexes()).containsExactly("tenant_acme.users_email true");
    assertThat(database.value("SELECT version || ' ' || applied FROM tenantgate.schema_state"))
        .isEqualTo("3 3");

    assertThat(run(new Goal.Down(new Version(1)))).isInstanceOf(SchemaOutcome.RolledBack.class);

    assertThat(history()).containsExactly("1 success");
    assertThat(indexes()).isEmpty();
    assertThat(database.value("SELECT version || ' ' || applied FROM tenantgate.schema_state"))
        .isEqualTo("1 1");
    assertThat(migrated("SELECT count(*) FROM tenantgate.lease WHERE holder IS NOT NULL"))
        .isEqualTo("0");
  }

  @Test
  void aFailedBuildLeavesNoInvalidIndexAndIsTriedAgain() throws SQLException {
    up();
    database.execute("INSERT INTO tenant_acme.users VALUES (1, 'a'), (2, 'a')");
    files.with("002_index.sql", INDEX + ";");

    SchemaOutcome failed = up();

    assertThat(failed).isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(((SchemaOutcome.Failed) failed).error())
        .contains("migration 2 (index) failed: 002_index.sql:1: could not create unique index");
    assertThat(status().state()).isEqualTo(SchemaState.FAILED);
    assertThat(indexes()).isEmpty();
    assertThat(witness.cleaned)
        .containsExactly(
            "tenant_acme 2: the invalid index users_email, left by an earlier try, was dropped");

    database.execute("DELETE FROM tenant_acme.users WHERE id = 2");
    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(indexes()).containsExactly("tenant_acme.users_email true");
    assertThat(history()).containsExactly("1 success", "2 success");
  }

  @Test
  void anInvalidIndexOfAKilledRunIsDroppedBeforeTheNextBuild() {
    up();
    database.execute("INSERT INTO tenant_acme.users VALUES (1, 'a'), (2, 'a')");
    try {
      onServer("SET search_path = tenant_acme", INDEX);
    } catch (SQLException e) {
      assertThat(e.getSQLState()).isEqualTo("23505");
    }
    assertThat(indexes()).containsExactly("tenant_acme.users_email false");
    database.execute("DELETE FROM tenant_acme.users WHERE id = 2");
    files.with(
        "002_index.sql",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);");

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(indexes()).containsExactly("tenant_acme.users_email true");
    assertThat(witness.cleaned).hasSize(1);
  }

  @Test
  void anIndexThatIsThereAndTheSameCountsAsDone() throws SQLException {
    up();
    files.with("002_index.sql", INDEX.replace("(email)", "(lower(email)) WHERE id > 0") + ";");
    onServer("CREATE UNIQUE INDEX users_email ON tenant_acme.users (lower(email)) WHERE id > 0");
    String oid = database.value("SELECT 'tenant_acme.users_email'::regclass::oid");

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(database.value("SELECT 'tenant_acme.users_email'::regclass::oid")).isEqualTo(oid);
  }

  @Test
  void anotherIndexOfThatNameIsAnError() throws SQLException {
    up();
    files.with("002_index.sql", INDEX + ";");
    onServer("CREATE INDEX users_email ON tenant_acme.users (email)");

    SchemaOutcome outcome = up();

    assertThat(((SchemaOutcome.Failed) outcome).sqlState()).isEqualTo("42P07");
    assertThat(indexes()).containsExactly("tenant_acme.users_email true");
  }

  /** As a kill -9 leaves it: the statement is done, its record isn't. */
  @Test
  void goesOnWhereAKilledRunWasAndRepeatsNothing() throws SQLException {
    String sql =
        """
        -- tenantgate: no-transaction
        CREATE TABLE audit (n int);
        INSERT INTO audit VALUES (1);
        CREATE INDEX CONCURRENTLY audit_n ON audit (n);
        DROP INDEX CONCURRENTLY audit_n;
        INSERT INTO audit VALUES (2);
        broken;
        """;
    files.with("002_audit.sql", sql);
    SchemaOutcome failed = up();
    assertThat(((SchemaOutcome.Failed) failed).error())
        .contains("002_audit.sql:7: syntax error")
        .contains("5 of its 6 statements are done");
    // Back to between the DROP and its record.
    String done = "SELECT n FROM tenant_acme.audit ORDER BY n";
    assertThat(texts(done)).containsExactly("1", "2");
    database.execute(
        "UPDATE tenant_acme.schema_migrations SET status = 'applying',"
            + " error_message = '[3 of 6 statements are done, %s]' WHERE version = 2"
                .formatted(digest(sql, 3)));
    database.execute("DELETE FROM tenant_acme.audit WHERE n = 2");
    assertThat(status().state()).isEqualTo(SchemaState.BEHIND);
    files.with("002_audit.sql", sql.replace("broken", "SELECT 1"));

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(texts(done)).containsExactly("1", "2");
    assertThat(history()).containsExactly("1 success", "2 success");
  }

  @Test
  void whatIsDoneAlreadyMayNotBeChanged() {
    files.with(
        "002_audit.sql", "-- tenantgate: no-transaction\nCREATE TABLE audit (n int);\nbroken;\n");
    up();
    files.with(
        "002_audit.sql",
        "-- tenantgate: no-transaction\nCREATE TABLE audit (n bigint);\nSELECT 1;\n");

    SchemaOutcome outcome = up();

    assertThat(((SchemaOutcome.Failed) outcome).error())
        .contains("1 of the statements of migration 2 (audit) are done already, and were changed");
  }

  @Test
  void whoIsInTheWayIsNamedWhileItIs() throws Exception {
    up();
    files.with("002_index.sql", INDEX + ";");
    try (Connection blocker = database.connect();
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("SET application_name = 'reporting'");
      statement.execute("INSERT INTO tenant_acme.users VALUES (7, 'x')");

      CompletableFuture<SchemaOutcome> run = CompletableFuture.supplyAsync(this::up);
      await().until(() -> !witness.blockers.isEmpty());
      // The lock timeout passes, what is left is cleaned up, and it is tried again.
      await()
          .until(
              () ->
                  migrated(
                          "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                              + " WHERE relname = 'users_email' AND NOT indisvalid")
                      .equals("1"));
      blocker.rollback();

      assertThat(run.get()).isInstanceOf(SchemaOutcome.Migrated.class);
    }
    Blocker who = witness.blockers.get(0);
    assertThat(who.application()).isEqualTo("reporting");
    assertThat(who.toString()).contains("idle in transaction", "INSERT INTO tenant_acme.users");
    assertThat(indexes()).containsExactly("tenant_acme.users_email true");
  }

  @Test
  void aNewTenantAndADryRunAndAReferenceDoWithoutConcurrently() throws SQLException {
    files
        .with(
            "002_index.sql",
            INDEX + ";\nVACUUM users;\n-- DOWN MIGRATION\nDROP INDEX CONCURRENTLY users_email;")
        .with("003_more.sql", "ALTER TABLE users ADD age int;");

    Rehearsal rehearsal = migrator.checks().rehearse(files.changelog(), ACME, new Goal.Up(LATEST));
    assertThat(rehearsal.error()).isNull();
    assertThat(rehearsal.notTried()).singleElement().asString().contains("2 index runs outside");
    assertThat(migrator.tenants().create(files.changelog(), "newcorp"))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(
            migrator
                .checks()
                .verify(
                    files.changelog(), List.of(ACME, new SchemaRef("tenant_newcorp", "newcorp"))))
        .allMatch(Drift::isNone);
  }
}
