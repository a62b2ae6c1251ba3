package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A first look at a database that another tool has migrated, before anything is set up for it. */
@Timeout(60)
class FoundHistoriesIT {

  private static final int TENANTS = 9;

  @TempDir Path folder;
  TestDatabase database;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    for (int i = 1; i <= TENANTS; i++) {
      database.execute(
          "CREATE SCHEMA tenant_t%1$d; CREATE TABLE tenant_t%1$d.users (id int);".formatted(i)
              + ToolHistories.RAILS.in("tenant_t" + i));
    }
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void withoutAnyMigrationsTheStatusTellsWhatIsThere() {
    Ran status = Ran.on(database, folder.resolve("nothing"), "migrate", "status", "--tenant", "t1");

    assertThat(status.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(status.out())
        .contains("t1 (tenant_t1): unmanaged", "tenant_t1.schema_migrations): 2 applied");
    assertThat(status.err()).contains("migrations.locations: there is no folder");
  }

  @Test
  void theDefaultFolderThatIsNotThereYetIsNoFault() throws IOException {
    Path file = Files.writeString(folder.resolve("tenantgate.yaml"), "{}");
    String[] status = {
      "migrate", "status", "--config", file.toString(), "--database-url", Ran.url(database)
    };

    Ran ran = Ran.command(status);

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.out()).contains("Tenants: 9 unmanaged").doesNotContain("current,");
    assertThat(ran.err().lines())
        .containsExactly(
            "tenantgate: there is no folder %s yet: no migrations"
                .formatted(folder.resolve("migrations")));
    Files.createDirectory(folder.resolve("migrations"));
    Ran withEmptyFolder = Ran.command(status);
    assertThat(withEmptyFolder.exit()).isEqualTo(ran.exit());
    assertThat(withEmptyFolder.out()).isEqualTo(ran.out());
  }

  @Test
  void anEmptyDatabaseIsShownAlsoWithoutTheDefaultFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("tenantgate.yaml"), "{}");
    try (TestDatabase empty = TestPostgres.latest().newDatabase()) {
      String[] status = {
        "migrate", "status", "--config", file.toString(), "--database-url", Ran.url(empty)
      };

      Ran ran = Ran.command(status);

      assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
      assertThat(ran.out()).contains("Tenants: none");
      Files.createDirectory(folder.resolve("migrations"));
      assertThat(Ran.command(status).out()).isEqualTo(ran.out());
    }
  }

  @Test
  void theDefaultFolderIsMissedWhereItIsGivenByName() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tenantgate.yaml"), "migrations: {locations: [./migrations]}");

    Ran status =
        Ran.command(
            "migrate", "status", "--config", file.toString(), "--database-url", Ran.url(database));

    assertThat(status.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(status.err()).contains("migrations.locations: there is no folder");
  }

  @Test
  void anEmptyFolderDoesNotMakeThemCurrent() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));

    Ran status = Ran.on(database, empty, "migrate", "status");

    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.out()).contains("Tenants: 9 unmanaged").doesNotContain("current,");
    assertThat(status.err()).contains("no migration was found");
  }

  @Test
  void theToolsOwnFilesAreToldInALineBehindTheStatus() throws IOException {
    Path rails = Files.createDirectories(folder.resolve("migrate"));
    Files.writeString(rails.resolve("20240101000000_create_users.rb"), "class X");
    Files.writeString(rails.resolve("20240102000000_add_email.rb"), "class Y");

    Ran status = Ran.on(database, rails, "migrate", "status");

    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.out()).contains("Tenants: 9 unmanaged");
    assertThat(status.err().lines())
        .singleElement()
        .asString()
        .contains("migrations of Rails", "migrations.tool: external", "adopt --as");
  }

  @Test
  void manyThatAreAlikeAreToldOfOnceAndEachIfAsked() throws IOException {
    Path own = Files.createDirectories(folder.resolve("own"));
    Files.writeString(own.resolve("001_create_users.sql"), "CREATE TABLE users (id int);");

    Ran status = Ran.on(database, own, "migrate", "status");

    assertThat(status.out())
        .contains("9 tenants alike: unmanaged (t1, t2, t3, t4, t5 and 4 more: --verbose)")
        .contains("migrate adopt --all takes their histories over")
        .doesNotContain("t1 (tenant_t1)");
    assertThat(Ran.on(database, own, "migrate", "status", "--verbose").out())
        .contains("t9 (tenant_t9): unmanaged");
    assertThat(Ran.on(database, own, "migrate", "status", "--output", "json").json().get("tenants"))
        .hasSize(TENANTS);
  }

  @Test
  void theHistoryOfATenantIsTheToolsOwnRows() throws IOException {
    Path rails = Files.createDirectories(folder.resolve("migrate"));
    Files.writeString(rails.resolve("1_create_users.rb"), "class X");
    database.execute(
        "CREATE SCHEMA tenant_go;"
            + ToolHistories.GOLANG_MIGRATE.in("tenant_go")
            + ";CREATE SCHEMA tenant_dj;"
            + ToolHistories.DJANGO.in("tenant_dj"));

    Ran left = Ran.on(database, rails, "migrate", "history", "--tenant", "t1");
    Ran external =
        Ran.on(
            database,
            rails,
            "migrate",
            "history",
            "--set",
            "migrations.tool=external",
            "--output",
            "json");

    assertThat(left.out()).contains("tenant_t1:").contains("Rails");
    assertThat(external.json().get("history")).hasSize(2 * TENANTS + 3);
    assertThat(external.out())
        .contains("golang-migrate", "shop: 0001_create_users", "2024-01-01T10:00:00Z");
  }
}
