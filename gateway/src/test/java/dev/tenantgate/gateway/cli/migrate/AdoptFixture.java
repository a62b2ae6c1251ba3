package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A database with histories of other tools, and the command that takes them over. */
abstract class AdoptFixture {

  /** All rows of all tables but ours in the registry, and how the tables are made. */
  static final String EVERYTHING =
      """
      SELECT md5(string_agg(concat(c.oid::regclass, c.relkind, c.relowner, c.relacl,
        (SELECT string_agg(concat(attname, atttypid, atttypmod, attnotnull), ',' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
        (SELECT string_agg(pg_get_indexdef(indexrelid), ',' ORDER BY indexrelid)
          FROM pg_index WHERE indrelid = c.oid),
        query_to_xml('SELECT * FROM ONLY ' || c.oid::regclass || ' AS t ORDER BY t::text', true,
          false, '')), ';' ORDER BY c.oid))
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v') AND (n.nspname = 'public' OR n.nspname LIKE 'tenant\\_%'
        OR n.nspname = 'platform')
      """;

  static final String DATA = EVERYTHING + " AND c.relname IN ('users', 'orders', 'plans')";

  @TempDir Path folder;

  TestDatabase database;

  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder.resolve("migrations"))
            .with("001_create_users.sql", "CREATE TABLE users (id int, name text);")
            .with("002_add_email.sql", "ALTER TABLE users ADD email text;")
            .with("003_add_age.sql", "ALTER TABLE users ADD age int;");
  }

  @AfterEach
  void close() {
    database.close();
  }

  Ran run(String... arguments) {
    return Ran.on(database, folder.resolve("migrations"), arguments);
  }

  /** A tenant as two migrations of some tool have left it. */
  void tenant(String name, String history) {
    database.execute(
        """
        CREATE SCHEMA tenant_%1$s;
        CREATE TABLE tenant_%1$s.users (id int, name text, email text);
        INSERT INTO tenant_%1$s.users VALUES (1, 'Ann of %1$s', 'a@%1$s');
        """
                .formatted(name)
            + history.replace("$S", "tenant_" + name));
  }

  List<String> history(String tenant) {
    return database.column(
        "SELECT concat(version, ' ', name, ' ', applied_at, ' ', status) FROM tenant_"
            + tenant
            + ".schema_migrations ORDER BY version");
  }

  String digest(String of) {
    return String.valueOf(database.value(of));
  }

  static String nameOf(ToolHistories tool) {
    return tool.name().toLowerCase(Locale.ROOT);
  }

  void isOurs(ToolHistories tool) {
    String kept = tool.table().replace("\"", "") + "_before_tenantgate";
    assertThat(database.column("SELECT 1 FROM tenant_" + nameOf(tool) + ".\"" + kept + "\""))
        .isNotEmpty();
    assertThat(history(nameOf(tool))).as(nameOf(tool)).hasSize(2);
    if (tool.in("$S").contains("2024-01-01 10:00")) {
      assertThat(history(nameOf(tool)))
          .as(nameOf(tool))
          .containsExactly(
              "1 create_users 2024-01-01 10:00:00 success",
              "2 add_email 2024-01-02 10:00:00 success");
    }
  }
}
