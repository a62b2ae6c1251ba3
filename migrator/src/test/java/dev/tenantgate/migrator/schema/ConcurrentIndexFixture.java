package dev.tenantgate.migrator.schema;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A schema with tables for statements that can't be in a transaction. */
abstract class ConcurrentIndexFixture {

  static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  static final Target LATEST = new Target.Latest();

  static final String INDEX = "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email)";

  @TempDir Path folder;

  TestDatabase database;

  TestChangelog files;

  Migrator migrator;

  final Witness witness = new Witness();

  @BeforeEach
  void open() {
    database = server().newDatabase();
    files =
        new TestChangelog(folder).with("001_users.sql", "CREATE TABLE users (id int, email text);");
    migrator = newMigrator(Duration.ofSeconds(1));
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  TestPostgres server() {
    return TestPostgres.latest();
  }

  Migrator newMigrator(Duration concurrentLockTimeout) {
    return Migrator.open(
        database.settings(),
        files
            .settings()
            .with(
                new ExecutionSettings(
                    ExecutionSettings.Strategy.AUTO, 1, concurrentLockTimeout, Duration.ZERO)),
        SchemaPattern.parse("tenant_{tenant}"));
  }

  /** Remembers what it is told. */
  static final class Witness implements MigrationListener {
    final List<String> cleaned = Collections.synchronizedList(new ArrayList<>());
    final List<Blocker> blockers = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void cleanedUp(SchemaRef schema, Migration migration, String what) {
      cleaned.add(schema + " " + migration.version() + ": " + what);
    }

    @Override
    public void blocked(SchemaRef schema, List<Blocker> who) {
      blockers.addAll(who);
    }
  }

  SchemaOutcome up() {
    return run(new Goal.Up(LATEST));
  }

  SchemaOutcome run(Goal goal) {
    return migrator.runs().run(files.changelog(), ACME, goal, witness);
  }

  List<String> history() {
    return texts(
        "SELECT version || ' ' || status FROM tenant_acme.schema_migrations ORDER BY version");
  }

  List<String> texts(String sql) {
    return database.column(sql).stream().map(String::valueOf).toList();
  }

  List<String> indexes() {
    return texts(
        "SELECT indexrelid::regclass || ' ' || indisvalid FROM pg_index"
            + " WHERE indrelid = 'tenant_acme.users'::regclass ORDER BY 1");
  }

  SchemaStatus status() throws SQLException {
    return SchemaStatus.of(migrator.histories().of(ACME), files.changelog(), LATEST);
  }

  String migrated(String sql) {
    return String.valueOf(database.value(sql));
  }

  void onServer(String... statements) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static String digest(String sql, int count) {
    List<String> statements =
        dev.tenantgate.migrator.sql.SqlScript.scan(sql).statements().stream()
            .map(statement -> sql.substring(statement.start(), statement.end()))
            .toList();
    return dev.tenantgate.migrator.history.StatementProgress.of(statements, count).digest();
  }
}
