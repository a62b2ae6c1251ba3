package dev.tenantgate.migrator.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example does what it says. */
class MigrateAtStartupIT {

  @TempDir Path folder;

  @Test
  void bringsEveryTenantUpToDate() throws Exception {
    new TestChangelog(folder)
        .with("public/1_plans.sql", "CREATE TABLE plans ();")
        .with("tenant/2_users.sql", "CREATE TABLE users ();");
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");

      boolean done =
          MigrateAtStartup.run(
              "postgresql://postgres@127.0.0.1:%d/%s"
                  .formatted(database.server().port(), database.name()),
              folder,
              "acme",
              new PrintStream(said, true, UTF_8));

      assertThat(done).isTrue();
      assertThat(database.value("SELECT to_regclass('tenant_globex.users')::text")).isNotNull();
    }
    assertThat(said.toString(UTF_8))
        .contains(
            "tenant_acme: applied 0, pending [2 (users)]",
            "tenant_acme: applying [2 (users)]",
            "tenant_globex: Migrated",
            "tenant_acme: UpToDate");
  }
}
