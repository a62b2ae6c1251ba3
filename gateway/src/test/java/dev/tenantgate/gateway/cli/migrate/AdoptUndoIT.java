package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.testing.Distribution;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code migrate adopt} at the edges: views, interruptions, other tools, mistakes. */
@Timeout(120)
class AdoptUndoIT extends AdoptFixture {

  @Test
  void whatAHistoryInAnotherSchemaTellsOfIsNotAppliedToPublicOnceMore() throws IOException {
    files.with("public/010_platform.sql", "CREATE TABLE IF NOT EXISTS platform.plans (id int);");
    database.execute(
        ToolHistories.NAMES
            .in("platform")
            .replaceFirst("^", "CREATE SCHEMA platform; CREATE TABLE platform.plans (id int);"));
    Ran unrelated = run("migrate", "status", "--output", "json");
    database.execute(
        "INSERT INTO platform.schema_migrations (migration_name) VALUES ('010_platform.sql')");
    tenant("acme", "");

    Ran up = run("migrate", "all");
    Ran status = run("migrate", "status", "--output", "json");
    Ran adopt = run("migrate", "adopt");

    assertThat(unrelated.json().at("/public/state").asText()).isEqualTo("behind");
    assertThat(up.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.json().at("/public/state").asText()).isEqualTo("unmanaged");
    assertThat(status.json().at("/public/histories/0/table").asText())
        .isEqualTo("platform.schema_migrations");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.out()).contains("public: taken over 10", "tenant_acme: taken over 1, 2");
    assertThat(history("acme")).hasSize(2);
    assertThat(database.column("SELECT version FROM public.schema_migrations"))
        .containsExactly("10");
  }

  @Test
  void anApplicationThatReadsTheOldTableFindsAViewOfItsShape() throws SQLException {
    database.execute(
        """
        DO $$ BEGIN IF to_regrole('adopt_app') IS NULL THEN CREATE ROLE adopt_app LOGIN; END IF;
        END $$\
        """);
    tenant(
        "acme",
        ToolHistories.VERSIONS.in("$S")
            + "; GRANT USAGE ON SCHEMA $S TO adopt_app;"
            + " GRANT SELECT, INSERT ON $S.schema_migrations TO adopt_app");
    tenant("globex", ToolHistories.NODE_PG_MIGRATE.in("$S"));
    tenant("rails", ToolHistories.RAILS.in("$S"));
    tenant("golang", ToolHistories.GOLANG_MIGRATE.in("$S"));
    tenant("names", ToolHistories.NAMES.in("$S"));
    String[] named = {"--set", "migrations.history-table=tenantgate_migrations"};

    Ran clash = run("migrate", "adopt", "--keep-view", "--tenant", "acme");
    Ran adopt = run("migrate", "adopt", "--keep-view", named[0], named[1]);
    Ran up = run("migrate", "all", named[0], named[1]);

    assertThat(clash.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(clash.out()).contains("migrations.history-table: tenantgate_migrations");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(up.exit()).as(up.out() + up.err()).isZero();
    assertThat(up.out()).contains("tenant_acme: applied 3");
    Ran verify = run("migrate", "verify", named[0], named[1]);
    assertThat(verify.exit()).as(verify.out()).isZero();
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations ORDER BY 1"))
        .containsExactly("001_create_users", "002_add_email", "003_add_age");
    assertThat(database.column("SELECT name FROM tenant_globex.pgmigrations ORDER BY 1"))
        .containsExactly("1_create_users", "2_add_email", "3_add_age");
    assertThat(database.column("SELECT version FROM tenant_rails.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2", "3");
    assertThat(database.column("SELECT version FROM tenant_golang.schema_migrations"))
        .containsExactly("3");
    assertThat(
            database.column(
                "SELECT migration_name FROM tenant_names.schema_migrations ORDER BY id"))
        .containsExactly("001_create_users.sql", "002_add_email.sql", "003_add_age.sql");
    assertThat(
            database.column(
                "SELECT applied_at FROM tenant_acme.schema_migrations"
                    + " WHERE version = '001_create_users'"))
        .containsExactly("2024-01-01 10:00:00");
    try (Connection app = database.connect();
        Statement statement = app.createStatement()) {
      statement.execute("SET ROLE adopt_app");
      statement.execute("SELECT * FROM tenant_acme.schema_migrations");
      statement.execute("RESET ROLE");
      for (String sql :
          List.of(
              "INSERT INTO tenant_acme.schema_migrations VALUES ('004_x')",
              "DELETE FROM tenant_acme.schema_migrations",
              "UPDATE tenant_acme.schema_migrations SET version = 'x'")) {
        assertThatThrownBy(() -> statement.execute(sql))
            .hasMessageContaining("is a view of the history that Tenantgate keeps");
      }
    }
    Ran undo = run("migrate", "adopt", "--undo", "--force", named[0], named[1]);
    assertThat(undo.exit()).as(undo.out() + undo.err()).isZero();
    assertThat(database.column("SELECT relkind FROM pg_class WHERE relname = 'schema_migrations'"))
        .containsExactly("r", "r", "r", "r");
  }

  @Test
  void twoAtOnceTakeEachOverOnce() {
    for (int i = 1; i <= 20; i++) {
      tenant("t" + i, ToolHistories.VERSIONS.in("$S"));
    }
    String data = digest(DATA);

    CompletableFuture<Ran> other =
        CompletableFuture.supplyAsync(() -> run("migrate", "adopt", "--all"));
    Ran one = run("migrate", "adopt", "--all");

    assertThat(one.exit()).as(one.out() + one.err()).isZero();
    assertThat(other.join().exit()).as(other.join().out()).isZero();
    assertThat(
            database.column(
                "SELECT count(*) FROM tenantgate.journal WHERE action = 'adopt'"
                    + " GROUP BY schema_name HAVING count(*) <> 1"))
        .isEmpty();
    assertThat(database.value("SELECT count(*) FROM tenantgate.adoption")).isEqualTo("20");
    assertThat(digest(DATA)).isEqualTo(data);
  }

  @Test
  void oneThatIsKilledIsGoneOnWith() throws Exception {
    database.execute(
        """
        DO $do$ BEGIN FOR i IN 1..60 LOOP
          EXECUTE replace($q$%s$q$, '$S', 'tenant_t' || i);
        END LOOP; END $do$
        """
            .formatted(
                "CREATE SCHEMA $S; CREATE TABLE $S.users (id int);" + ToolHistories.ECTO.in("$S")));
    String before = digest(EVERYTHING);
    Process killed =
        Distribution.process(
                List.of(
                    "migrate",
                    "adopt",
                    "--all",
                    "--set",
                    "migrations.lease-timeout=1s",
                    "--database-url",
                    Ran.url(database),
                    "--migrations",
                    folder.resolve("migrations").toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    await()
        .until(
            () ->
                !killed.isAlive()
                    || !database
                        .column("SELECT 1 FROM pg_class WHERE relname LIKE '%\\_before\\_%'")
                        .isEmpty());
    killed.destroyForcibly().waitFor();
    // Each is the one or the other: taken over, with a record of it, or as it was.
    assertThat(
            database.column(
                """
                SELECT n.nspname FROM pg_namespace n WHERE n.nspname LIKE 'tenant\\_t%' AND
                  (to_regclass(n.nspname || '.schema_migrations_before_tenantgate') IS NULL) <>
                  (NOT EXISTS (SELECT FROM tenantgate.adoption a WHERE a.schema_name = n.nspname))
                """))
        .isEmpty();

    Ran rest = run("migrate", "adopt", "--all");

    assertThat(rest.exit()).as(rest.out() + rest.err()).isZero();
    assertThat(database.value("SELECT count(*) FROM tenantgate.adoption")).isEqualTo("60");
    assertThat(run("migrate", "adopt", "--undo").exit()).isZero();
    assertThat(digest(EVERYTHING)).isEqualTo(before);
  }

  @Test
  void nothingIsGivenBackWhereTheOldTableIsGone() {
    tenant("acme", ToolHistories.RAILS.in("$S"));
    run("migrate", "adopt");
    database.execute("DROP TABLE tenant_acme.schema_migrations_before_tenantgate");

    Ran undo = run("migrate", "adopt", "--undo");
    assertThat(undo.exit()).isEqualTo(ExitCode.FAILED);
    // Ours has the name of the one that is gone.
    assertThat(undo.out()).contains("any more to give back");
    assertThat(history("acme")).hasSize(2);
  }

  @Test
  void aTenantThatWasMadeAnewIsTakenOverAnew() throws IOException {
    tenant("acme", ToolHistories.FLYWAY.in("$S"));
    run("migrate", "adopt");
    database.execute("DROP SCHEMA tenant_acme CASCADE");
    tenant("acme", ToolHistories.ECTO.in("$S"));

    Ran adopt = run("migrate", "adopt", "--output", "json");

    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.json().at("/schemas/0/outcome").asText()).isEqualTo("taken_over");
    assertThat(adopt.json().at("/schemas/0/versions")).hasSize(2);
    assertThat(database.value("SELECT tool FROM tenantgate.adoption")).isEqualTo("Ecto");
  }

  @Test
  void mistakesAreToldInALine() {
    assertThat(run("migrate", "adopt", "--all", "--tenant", "a").err())
        .contains("exclude each other", "Try '");
    assertThat(run("migrate", "adopt", "--force").err()).contains("--undo", "Try '");
    assertThat(run("migrate", "adopt", "--tenant", "nope").out()).contains("no tenant nope");
  }
}
