package dev.tenantgate.migrator.provision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New tenants, and a database that isn't there. */
class TenantCreationIT {

  private static final SchemaPattern PATTERN = SchemaPattern.parse("tenant_{tenant}");

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = Migrator.open(database.settings(), files.settings(), PATTERN);
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  @Test
  void createsAndMigratesInOneStep() throws SQLException {
    Changelog changelog =
        files
            .with("00001_a.sql", "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE a (m mood);")
            .with("00002_b.sql", "ALTER TYPE mood ADD VALUE 'happy';")
            .with("00003_c.sql", "INSERT INTO a VALUES ('happy');")
            .changelog();

    TenantCreation creation = migrator.tenants().create(changelog, "new-corp");

    assertThat(creation)
        .isInstanceOfSatisfying(
            TenantCreation.Created.class,
            created -> {
              assertThat(created.schema()).isEqualTo(new SchemaRef("tenant_new-corp", "new-corp"));
              assertThat(created.applied()).hasSize(3);
            });
    assertThat(migrator.histories().of(migrator.tenants().schemaOf("new-corp")).entries())
        .hasSize(3);
    assertThat(migrator.histories().registry()).hasSize(1);
    assertThat(migrator.tenants().create(changelog, "new-corp"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
  }

  @Test
  void createsNothingWhenAMigrationFails() throws SQLException {
    Changelog changelog =
        files
            .with("00001_a.sql", "CREATE TABLE a (id int);")
            .with("00002_b.sql", "INSERT INTO a VALUES (1);\nSELECT * FROM missing;")
            .changelog();

    assertThat(migrator.tenants().create(changelog, "newcorp"))
        .isInstanceOfSatisfying(
            TenantCreation.Failed.class,
            failed -> assertThat(failed.error()).contains("migration 2 (b)", "00002_b.sql:2"));
    assertThat(migrator.tenants().all()).isEmpty();
  }

  @Test
  void oneOfManyAtOnceWins() {
    Changelog changelog = files.with("00001_a.sql", "CREATE TABLE a (id int);").changelog();

    List<CompletableFuture<TenantCreation>> all =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> migrator.tenants().create(changelog, "corp")))
            .toList();

    List<Class<?>> kinds = all.stream().<Class<?>>map(each -> each.join().getClass()).toList();
    assertThat(kinds)
        .containsExactlyInAnyOrder(
            TenantCreation.Created.class,
            TenantCreation.AlreadyExists.class,
            TenantCreation.AlreadyExists.class,
            TenantCreation.AlreadyExists.class);
  }

  @Test
  void refusesNamesThatCannotBeASchema() throws SQLException {
    Changelog changelog = files.with("00001_a.sql", "SELECT 1;").changelog();
    List<String> names =
        List.of("", "Acme", "a b", "a\"b", "a\0b", "-a", "ü", "a".repeat(60), "a;b", "a'b");

    assertThat(names)
        .allSatisfy(
            name ->
                assertThat(migrator.tenants().create(changelog, name))
                    .isInstanceOf(TenantCreation.InvalidName.class));
    assertThat(migrator.tenants().all()).isEmpty();
  }

  @Test
  void findsADatabaseThatWasAway() throws SQLException {
    Changelog changelog = files.with("00001_a.sql", "SELECT 1;").changelog();
    int closedPort = FreePorts.next();
    DatabaseSettings nowhere =
        new DatabaseSettings(
            "127.0.0.1",
            closedPort,
            "none",
            "nobody",
            null,
            "disable",
            null,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            10,
            Duration.ofSeconds(1));

    try (Migrator away = Migrator.open(nowhere, files.settings(), PATTERN)) {
      SchemaOutcome outcome =
          away.runs().migrate(changelog, away.tenants().schemaOf("acme"), new Target.Latest());

      assertThat(outcome)
          .isInstanceOfSatisfying(
              SchemaOutcome.Unreachable.class,
              unreachable -> assertThat(unreachable.error()).contains("refused"));
    }
    migrator.checkReachable();
  }
}
