package dev.tenantgate.migrator.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.JavaMigration;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.changelog.JavaPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Migrations written in Java: among the files, in their transaction, and no further. */
@Timeout(60)
class JavaMigrationIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "001_users.sql",
                "CREATE TABLE users (name text, role text);"
                    + " INSERT INTO users VALUES ('Ada'), ('Bo');"
                    + "\n-- DOWN MIGRATION\nDROP TABLE users;")
            .with(
                "003_strict.sql",
                "ALTER TABLE users ALTER role SET NOT NULL;"
                    + "\n-- DOWN MIGRATION\nALTER TABLE users ALTER role DROP NOT NULL;");
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  /** Seed 002's special case: data that has to be looked at before it is migrated. */
  private static class AssignRoles implements JavaMigration.Reversible {

    @Override
    public long version() {
      return 2;
    }

    @Override
    public String name() {
      return "assign_roles";
    }

    @Override
    public SortedSet<Long> dependencies() {
      return new TreeSet<>(List.of(1L));
    }

    @Override
    public void up(Connection connection, SchemaRef schema) throws SQLException {
      connection.setAutoCommit(false);
      try (Statement select = connection.createStatement();
          ResultSet users = select.executeQuery("SELECT name FROM users ORDER BY name");
          PreparedStatement update =
              connection.prepareStatement("UPDATE users SET role = ? WHERE name = ?")) {
        while (users.next()) {
          update.setString(1, schema.tenant() + "-" + users.getString(1).length());
          update.setString(2, users.getString(1));
          update.addBatch();
        }
        update.executeBatch();
      }
    }

    @Override
    public void down(Connection connection, SchemaRef schema) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("UPDATE users SET role = NULL");
      }
    }
  }

  private Changelog changelog(JavaMigration written) {
    try {
      return ChangelogReader.read(files.settings(), List.of(written)).changelog();
    } catch (InvalidChangelogException e) {
      throw new IllegalStateException(e.problems().toString(), e);
    }
  }

  private SchemaOutcome run(Changelog changelog, Goal goal) {
    return migrator.runs().run(changelog, ACME, goal, MigrationListener.NONE);
  }

  private static JavaMigration of(JavaPart.Code code) {
    return new JavaMigration() {
      @Override
      public long version() {
        return 2;
      }

      @Override
      public String name() {
        return "code";
      }

      @Override
      public void up(Connection connection, SchemaRef schema) throws Exception {
        code.run(connection, schema);
      }
    };
  }

  private List<String> texts(String sql) {
    return database.column(sql).stream().map(String::valueOf).toList();
  }

  @Test
  void runsInItsPlaceUpAndDownAndIsRecordedAsAFileIs() throws SQLException {
    Changelog changelog = changelog(new AssignRoles());

    assertThat(run(changelog, new Goal.Up(LATEST))).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(texts("SELECT role FROM tenant_acme.users ORDER BY 1"))
        .containsExactly("acme-2", "acme-3");
    assertThat(
            texts(
                "SELECT name || ' ' || status || ' ' || (execution_time_ms >= 0)"
                    + " FROM tenant_acme.schema_migrations ORDER BY version"))
        .containsExactly("users success true", "assign_roles success true", "strict success true");
    assertThat(run(changelog, new Goal.Up(LATEST))).isEqualTo(new SchemaOutcome.UpToDate(ACME));

    assertThat(run(changelog, new Goal.Down(new Version(1))))
        .isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(texts("SELECT role FROM tenant_acme.users")).containsOnly("null");
    assertThat(migrator.histories().journal(ACME))
        .extracting(entry -> entry.action() + " " + entry.version())
        .containsExactly("up 1", "up 2", "up 3", "down 3", "down 2");
  }

  @Test
  void aDryRunANewTenantAndAReferenceRunItToo() throws SQLException {
    Changelog changelog = changelog(new AssignRoles());

    Rehearsal rehearsal = migrator.checks().rehearse(changelog, ACME, new Goal.Up(LATEST));
    assertThat(rehearsal.error()).isNull();
    assertThat(rehearsal.sql()).contains("the Java class " + AssignRoles.class.getName());
    assertThat(texts("SELECT 1 FROM pg_class WHERE relname = 'users'")).isEmpty();

    assertThat(migrator.tenants().create(changelog, "acme2"))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(texts("SELECT role FROM tenant_acme2.users ORDER BY 1"))
        .containsExactly("acme2-2", "acme2-3");
    run(changelog, new Goal.Up(LATEST));
    assertThat(migrator.checks().verify(changelog, List.of(ACME))).allMatch(Drift::isNone);
  }

  @Test
  void whatItThrowsIsItsFailureAndTheOnesBeforeItStay() throws SQLException {
    Changelog changelog =
        changelog(
            of(
                (connection, schema) -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("CREATE TABLE half ()");
                  }
                  throw new IllegalStateException("two owners");
                }));

    SchemaOutcome outcome = run(changelog, new Goal.Up(LATEST));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> {
              assertThat(failed.applied()).containsExactly(new Version(1));
              assertThat(failed.error())
                  .contains("migration 2 (code) failed", "IllegalStateException: two owners");
            });
    assertThat(texts("SELECT 1 FROM pg_class WHERE relname = 'half'")).isEmpty();
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), changelog, LATEST).state())
        .isEqualTo(SchemaState.FAILED);
    assertThat(migrator.checks().rehearse(changelog, ACME, new Goal.Up(LATEST)).error())
        .contains("two owners");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit",
        "rollback",
        "close",
        "unwrap",
        "autocommit",
        "sql",
        "way back",
        "prepared"
      })
  void itCanNotEndItsTransaction(String how) {
    List<Connection> kept = new ArrayList<>();
    Changelog changelog =
        changelog(
            of(
                (connection, schema) -> {
                  kept.add(connection);
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("CREATE TABLE half ()");
                    switch (how) {
                      case "commit" -> connection.commit();
                      case "rollback" -> connection.rollback();
                      case "close" -> connection.close();
                      case "unwrap" -> connection.unwrap(org.postgresql.PGConnection.class);
                      case "autocommit" -> connection.setAutoCommit(true);
                      case "sql" -> statement.execute("SELECT 1; /* */ commit");
                      case "way back" ->
                          statement
                              .executeQuery("SELECT 1")
                              .getStatement()
                              .getConnection()
                              .commit();
                      default -> connection.prepareStatement("ROLLBACK").execute();
                    }
                  }
                }));

    SchemaOutcome outcome = run(changelog, new Goal.Up(LATEST));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("a migration written in Java can't"));
    assertThat(texts("SELECT 1 FROM pg_class WHERE relname = 'half'")).isEmpty();
    assertThatThrownBy(() -> kept.get(0).createStatement()).hasMessageContaining("is over");
  }

  @Test
  void anErrorThatItPassesOverIsStillAnError() {
    Changelog changelog =
        changelog(
            of(
                (connection, schema) -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 1 / 0");
                  } catch (SQLException e) {
                    // as code does that means well
                  }
                }));

    assertThat(((SchemaOutcome.Failed) run(changelog, new Goal.Up(LATEST))).error())
        .contains("division by zero");
  }

  /** A fleet's run takes the lease in front of its transaction, whose errors are told by place. */
  @Test
  void anErrorInItsSqlIsNoErrorOfTheLeaseThatAFleetsRunTakes() throws Exception {
    Changelog changelog =
        changelog(
            of(
                (connection, schema) -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT nothing_of_that_name");
                  }
                }));

    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.failures())
        .singleElement()
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("migration 2 (code) failed"));
    assertThat(texts("SELECT token FROM tenantgate.lease")).containsExactly("1");
  }

  @Test
  void aLockThatIsNotToBeHadIsTriedForAgain() throws Exception {
    database.execute("CREATE TABLE tenant_acme.busy ()");
    try (Connection blocker = database.connect();
        Statement locking = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      locking.execute("LOCK TABLE tenant_acme.busy");
      Changelog changelog =
          changelog(
                  of(
                      (connection, schema) -> {
                        try (Statement statement = connection.createStatement()) {
                          statement.execute("LOCK TABLE busy; UPDATE users SET role = 'x'");
                        } catch (SQLException e) {
                          blocker.rollback();
                          throw new IllegalStateException("wrapped", e);
                        }
                      }))
              .withUnmanaged(UnmanagedPolicy.MIGRATE);

      assertThat(run(changelog, new Goal.Up(LATEST))).isInstanceOf(SchemaOutcome.Migrated.class);
    }
  }

  @Test
  void aNumberThatAFileHasIsAnErrorThatNamesBoth() {
    files.with("002_mine.sql", "SELECT 1;");

    assertThat(ChangelogReader.read(files.settings(), List.of(new AssignRoles())).errors())
        .singleElement()
        .asString()
        .contains("002_mine.sql", AssignRoles.class.getName());
  }
}
