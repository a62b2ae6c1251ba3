package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leftovers of interrupted concurrent statements are finished or taken away. */
@Timeout(120)
class ConcurrentLeftoversIT extends ConcurrentIndexFixture {

  @Test
  void aWayDownThatWasInterruptedIsGoneOnWith() throws SQLException {
    files.with(
        "002_index.sql",
        INDEX
            + ";\n"
            + "-- DOWN MIGRATION\n"
            + "-- tenantgate: no-transaction\n"
            + "DROP INDEX CONCURRENTLY users_email;\n"
            + "broken;");
    up();
    assertThat(run(new Goal.Down(new Version(1)))).isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(history()).containsExactly("1 success", "2 reverting");
    assertThat(status().pending()).hasSize(1);
    files.with(
        "002_index.sql",
        INDEX
            + ";\n"
            + "-- DOWN MIGRATION\n"
            + "-- tenantgate: no-transaction\n"
            + "DROP INDEX CONCURRENTLY users_email;\n"
            + "SELECT 1;");

    assertThat(run(new Goal.Down(new Version(1)))).isInstanceOf(SchemaOutcome.RolledBack.class);

    assertThat(history()).containsExactly("1 success");
  }

  @Test
  void aPartitionThatIsHalfDetachedIsDetachedAndWhatAReindexLeftIsDropped() throws Exception {
    files.with(
        "001_users.sql",
        "CREATE TABLE users (id int) PARTITION BY LIST (id);"
            + " CREATE TABLE users_1 PARTITION OF users FOR VALUES IN (1);"
            + " CREATE INDEX by_id ON users_1 (id);");
    up();
    try (Connection blocker = database.connect();
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("SELECT * FROM tenant_acme.users");
      assertThatThrownBy(
              () ->
                  onServer(
                      "SET search_path = tenant_acme",
                      "SET lock_timeout = 200",
                      "ALTER TABLE users DETACH PARTITION users_1 CONCURRENTLY"))
          .hasMessageContaining("lock timeout");
      assertThatThrownBy(
              () ->
                  onServer(
                      "SET lock_timeout = 200", "REINDEX INDEX CONCURRENTLY tenant_acme.by_id"))
          .hasMessageContaining("lock timeout");
    }
    assertThat(
            texts(
                "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid ="
                    + " 'tenant_acme.users_1'::regclass"))
        .containsExactly("t");
    files.with(
        "002_detach.sql",
        """
        SET statement_timeout = '1min';
        REINDEX INDEX CONCURRENTLY by_id;
        ALTER TABLE users DETACH PARTITION users_1 CONCURRENTLY;
        """);

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(
            texts(
                "SELECT 1 FROM pg_inherits WHERE inhrelid =" + " 'tenant_acme.users_1'::regclass"))
        .isEmpty();
    assertThat(texts("SELECT relname FROM pg_class WHERE relname ~ '_cc(new|old)'")).isEmpty();
    assertThat(witness.cleaned).hasSize(2);
  }

  @Test
  void aFileThatMixesIsRefusedUnlessItSaysSo() {
    files.with("002_mixed.sql", "CREATE TABLE x ();\n\n" + INDEX + ";");

    assertThat(files.reading().errors())
        .singleElement()
        .asString()
        .contains("002_mixed.sql:3", "-- tenantgate: no-transaction");
  }
}
