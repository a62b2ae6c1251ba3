package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two backends that clients share, while what their statements name changes: whoever prepares gets
 * what there is then, whoever has prepared is told where it can't be the same any more.
 */
class RenewedStatementsIT {

  private static final String OUTDATED = "E 0A000";

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private final List<PooledClient> clients = new ArrayList<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @BeforeEach
  void make() {
    database.execute(
        """
        DROP SCHEMA tenant_acme CASCADE; DROP SCHEMA tenant_globex CASCADE;
        DROP SCHEMA public CASCADE; CREATE SCHEMA public;
        CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex;
        CREATE TABLE tenant_acme.t(id int, v int); INSERT INTO tenant_acme.t VALUES (1, 7);
        CREATE TABLE tenant_globex.t(id int, v text); INSERT INTO tenant_globex.t VALUES (1, 'g');
        CREATE TABLE public.shad(x) AS SELECT 'public'\
        """);
  }

  @AfterEach
  void disconnect() throws IOException {
    for (PooledClient client : clients) {
      client.close();
    }
  }

  private PooledClient client() throws IOException {
    return client("tenant_acme,public");
  }

  private PooledClient client(String path) throws IOException {
    PooledClient client = new PooledClient(gateway.port(), database.name(), path, Map.of());
    clients.add(client);
    return client;
  }

  /** Runs something on the backend that wasn't used last, and leaves it the one used last. */
  private interface OnOther {
    void run() throws IOException;
  }

  private void onOtherBackend(OnOther step) throws IOException {
    PooledClient holder = client();
    holder.query("BEGIN");
    step.run();
    holder.query("ROLLBACK");
  }

  private static List<String> prepare(PooledClient client, String name, String sql)
      throws IOException {
    return client.send(parse(name, sql), sync()).until('Z', 1);
  }

  private static List<String> run(PooledClient client, String name, String... values)
      throws IOException {
    return client.send(bind(name, values), execute(), sync()).until('Z', 1);
  }

  private static List<String> answers(String row) {
    return List.of("2", "D " + row, "C SELECT 1", "Z I");
  }

  @Test
  void aChangedColumnIsToldOnEveryBackendAndHealsByPreparingAgain() throws IOException {
    PooledClient one = client();
    prepare(one, "s", "SELECT v FROM t");
    assertThat(run(one, "s")).isEqualTo(answers("7"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("7")));

    database.execute("ALTER TABLE tenant_acme.t ALTER v TYPE real");

    for (int i = 0; i < 3; i++) {
      assertThat(run(one, "s")).containsExactly(OUTDATED, "Z I");
      assertThat(one.errorField('R')).isEqualTo("RevalidateCachedQuery");
      onOtherBackend(() -> assertThat(run(one, "s")).containsExactly(OUTDATED, "Z I"));
      assertThat(one.errorField('R')).isEqualTo("RevalidateCachedQuery");
    }
    PooledClient other = client();
    prepare(other, "s", "SELECT v FROM t");
    assertThat(run(other, "s")).isEqualTo(answers("7"));
    onOtherBackend(() -> assertThat(run(other, "s")).isEqualTo(answers("7")));
    one.send(close("s"), parse("s", "SELECT v FROM t"), sync()).until('Z', 1);
    assertThat(run(one, "s")).isEqualTo(answers("7"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("7")));
  }

  @Test
  void aColumnMoreIsAnErrorInItsPlaceInThePipelineAndFailsTheTransaction() throws IOException {
    PooledClient one = client();
    prepare(one, "star", "SELECT * FROM t");
    prepare(one, "id", "SELECT id FROM t");
    database.execute("ALTER TABLE tenant_acme.t ADD y int");
    onOtherBackend(
        () -> {
          assertThat(
                  one.send(
                          bind("id"),
                          execute(),
                          bind("star"),
                          execute(),
                          bind("id"),
                          execute(),
                          sync(),
                          bind("id"),
                          execute(),
                          sync())
                      .until('Z', 2))
              .containsExactly(
                  "2", "D 1", "C SELECT 1", OUTDATED, "Z I", "2", "D 1", "C SELECT 1", "Z I");
          one.query("BEGIN");
          assertThat(run(one, "star")).containsExactly(OUTDATED, "Z E");
          assertThat(run(one, "id")).containsExactly("E 25P02", "Z E");
          assertThat(one.query("ROLLBACK")).containsExactly("C ROLLBACK", "Z I");
          assertThat(one.send(describe("star"), sync()).until('Z', 1)).contains(OUTDATED, "Z I");
        });
  }

  @Test
  void aTableThatIsGoneIsToldAsOnAConnectionOfOnesOwn() throws IOException {
    PooledClient one = client();
    prepare(one, "s", "SELECT v FROM t");
    database.execute("DROP TABLE tenant_acme.t");
    assertThat(run(one, "s")).containsExactly("E 42P01", "Z I");
    onOtherBackend(
        () -> {
          assertThat(run(one, "s")).containsExactly("E 42P01", "Z I");
          assertThat(one.send(bind("s"), execute(), bind("s"), execute(), sync()).until('Z', 1))
              .containsExactly("E 42P01", "Z I");
        });
    database.execute("CREATE TABLE tenant_acme.t AS SELECT 8 AS v");
    assertThat(run(one, "s")).isEqualTo(answers("8"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("8")));
  }

  @Test
  void whoPreparesAnewFindsTheTableThatShadowsNow() throws IOException {
    PooledClient old = client();
    prepare(old, "s", "SELECT x FROM shad");
    assertThat(run(old, "s")).isEqualTo(answers("public"));
    onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers("public")));

    database.execute("CREATE TABLE tenant_acme.shad(x) AS SELECT 'acme'");

    PooledClient one = client();
    prepare(one, "s", "SELECT x FROM shad");
    assertThat(run(one, "s")).isEqualTo(answers("acme"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("acme")));
    assertThat(run(one, "s")).isEqualTo(answers("acme"));
  }

  @Test
  void whoPreparesAnewFindsTheFunctionThatFitsBetterNow() throws IOException {
    database.execute("CREATE FUNCTION public.f(bigint) RETURNS int RETURN 1");
    PooledClient old = client();
    prepare(old, "s", "SELECT f(1)");
    onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers("1")));
    database.execute("CREATE FUNCTION public.f(int) RETURNS int RETURN 2");
    PooledClient one = client();
    prepare(one, "s", "SELECT f(1)");
    assertThat(run(one, "s")).isEqualTo(answers("2"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("2")));
  }

  @Test
  void whatAnalysisReadsIsEachClientsOwn() throws IOException {
    String[][] cases = {
      {
        "timezone",
        "UTC",
        "America/New_York",
        "SELECT extract(epoch FROM timestamptz '2024-07-01 00:00')::bigint",
        "1719792000",
        "1719806400"
      },
      {"datestyle", "ISO, MDY", "ISO, DMY", "SELECT date '03/04/2024'", "2024-03-04", "2024-04-03"},
      {
        "intervalstyle",
        "postgres",
        "sql_standard",
        "SELECT extract(epoch FROM interval '-1 2:03')::int",
        "-79020",
        "-93780"
      },
      {"standard_conforming_strings", "on", "off", "SELECT length('a\\\\b')", "4", "3"},
      {
        "transform_null_equals",
        "off",
        "on",
        "SELECT (SELECT 1 WHERE NULL = NULL) IS NULL",
        "t",
        "f"
      },
      {"array_nulls", "on", "off", "SELECT ('{NULL}'::text[])[1] IS NULL", "t", "f"},
      {"xmloption", "content", "document", "SELECT ('<a/>'::xml) IS DOCUMENT", "t", "t"},
    };
    for (String[] each : cases) {
      PooledClient one = client();
      PooledClient other = client();
      one.query("SET %s = '%s'".formatted(each[0], each[1]));
      other.query("SET %s = '%s'".formatted(each[0], each[2]));
      for (int i = 0; i < 2; i++) {
        String name = "s" + i;
        prepare(one, name, each[3]);
        prepare(other, name, each[3]);
        assertThat(run(one, name)).as(each[0]).isEqualTo(answers(each[4]));
        assertThat(run(other, name)).as(each[0]).isEqualTo(answers(each[5]));
        onOtherBackend(
            () -> {
              assertThat(run(other, name)).as(each[0]).isEqualTo(answers(each[5]));
              assertThat(run(one, name)).as(each[0]).isEqualTo(answers(each[4]));
            });
      }
      one.query("SET %s = '%s'".formatted(each[0], each[2]));
      for (int i = 0; i < 2; i++) {
        onOtherBackend(
            () -> assertThat(run(one, "s0")).as(each[0] + " then").isEqualTo(answers(each[4])));
        assertThat(one.value("SHOW " + each[0])).isEqualTo(each[2]);
      }
      one.query("BEGIN; SET LOCAL %s = '%s'".formatted(each[0], each[1]));
      one.query("COMMIT");
      prepare(one, "again", each[3]);
      assertThat(run(one, "again")).as(each[0] + " set later").isEqualTo(answers(each[5]));
    }
  }

  @Test
  void aStatementIsMadeAgainWithTheSettingsItWasPreparedWith() throws IOException {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-07-01 00:00')::bigint";
    PooledClient one = client();
    one.query("SET timezone = 'UTC'");
    prepare(one, "s", sql);
    one.query("SET timezone = 'America/New_York'");
    onOtherBackend(
        () -> {
          assertThat(
                  one.send(
                          bind("s"),
                          execute(),
                          parse("", "SHOW timezone"),
                          bind(""),
                          execute(),
                          sync())
                      .until('Z', 1))
              .containsExactly(
                  "2",
                  "D 1719792000",
                  "C SELECT 1",
                  "1",
                  "2",
                  "D America/New_York",
                  "C SHOW",
                  "Z I");
          assertThat(one.value("SHOW timezone")).isEqualTo("America/New_York");
        });
    PooledClient other = client();
    other.query("SET timezone = 'America/New_York'");
    prepare(other, "s", sql);
    onOtherBackend(() -> assertThat(run(other, "s")).isEqualTo(answers("1719806400")));
    PooledClient doubtful = client();
    prepare(doubtful, "s", sql);
    onOtherBackend(
        () -> {
          doubtful.query("BEGIN; SET LOCAL timezone = 'America/New_York'");
          run(doubtful, "s");
          doubtful.query("COMMIT");
          assertThat(run(doubtful, "s")).isEqualTo(answers("1719792000"));
        });
  }

  @Test
  void aSettingOfOneTransactionIsNotSharedWithTheNext() throws IOException {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-07-01 00:00')::bigint";
    PooledClient one = client();
    one.query("SET timezone = 'UTC'");
    one.query("BEGIN; SET LOCAL timezone = 'America/New_York'");
    prepare(one, "local", sql);
    assertThat(run(one, "local")).contains("D 1719806400");
    one.query("SET LOCAL timezone = 'UTC'");
    prepare(one, "second", sql);
    assertThat(run(one, "second")).contains("D 1719792000");
    assertThat(run(one, "local")).contains("D 1719806400");
    one.query("COMMIT");
    PooledClient other = client();
    other.query("SET timezone = 'UTC'");
    prepare(other, "s", sql);
    assertThat(run(other, "s")).isEqualTo(answers("1719792000"));
    assertThat(run(one, "local")).isEqualTo(answers("1719806400"));
    assertThat(run(one, "second")).isEqualTo(answers("1719792000"));
  }

  /** The statement that was prepared before reads what a fresh one would, on either backend. */
  @Test
  void definitionsThatPassRenewWhatOthersHavePrepared() throws Exception {
    PooledClient old = client();
    prepare(old, "s", "SELECT x FROM shad");
    onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers("public")));
    String[] ways = {
      "/* by hand */ CREATE TABLE tenant_acme.shad(x) AS SELECT 'acme'",
      "SELECT 1; ALTER TABLE tenant_acme.shad RENAME TO other",
      "BEGIN; ALTER TABLE tenant_acme.other RENAME TO shad; COMMIT"
    };
    String[] read = {"acme", "public", "acme"};
    for (int i = 0; i < ways.length; i++) {
      client("tenant_globex").query(ways[i]);
      String expected = read[i];
      await().until(() -> run(old, "s").equals(answers(expected)));
      onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers(expected)));
      assertThat(run(old, "s")).isEqualTo(answers(expected));
    }
  }

  @Test
  void literalsOfTheMomentAreOfTheMomentOfTheParse() throws IOException {
    PooledClient one = client();
    String sql = "SELECT extract(epoch FROM timestamptz 'now')";
    prepare(one, "a", sql);
    String first = PooledClient.value(run(one, "a"));
    prepare(one, "b", sql);
    assertThat(PooledClient.value(run(one, "b"))).isGreaterThan(first);
    assertThat(PooledClient.value(run(one, "a"))).isEqualTo(first);
  }

  @Test
  void twoSwitchesInOneTransactionAreAnalysedWhereTheyLead() throws IOException {
    PooledClient one = client();
    one.query("BEGIN; SET LOCAL search_path TO tenant_acme");
    prepare(one, "a", "SELECT v FROM t");
    assertThat(run(one, "a")).contains("D 7");
    one.query("SET LOCAL search_path TO tenant_globex");
    assertThat(one.send(parse("b", "SELECT v FROM t"), bind("b"), execute(), sync()).until('Z', 1))
        .containsExactly("1", "2", "D g", "C SELECT 1", "Z T");
    one.query("SAVEPOINT s");
    assertThat(run(one, "a")).contains(OUTDATED, "Z E");
    one.query("ROLLBACK TO s; SET LOCAL search_path TO tenant_acme");
    assertThat(run(one, "a")).contains("D 7");
    one.query("COMMIT");
    onOtherBackend(
        () -> {
          one.query("BEGIN; SET LOCAL search_path TO tenant_globex");
          assertThat(run(one, "b")).contains("D g");
          assertThat(run(one, "a")).contains(OUTDATED);
          one.query("ROLLBACK");
          assertThat(run(one, "a")).isEqualTo(answers("7"));
        });
  }

  @Test
  void aParametersTypeStaysWhatTheClientWasTold() throws IOException {
    database.execute("CREATE TABLE tenant_acme.e(at timestamp)");
    PooledClient old = client();
    old.query("SET timezone = 'America/New_York'");
    prepare(old, "s", "INSERT INTO e VALUES ($1)");
    database.execute("ALTER TABLE tenant_acme.e ALTER at TYPE timestamptz USING at");
    PooledClient fresh = client();
    fresh.query("SET timezone = 'America/New_York'");
    prepare(fresh, "s", "INSERT INTO e VALUES ($1)");
    for (int i = 0; i < 2; i++) {
      onOtherBackend(
          () -> {
            // The zone in a timestamp's text is passed over, in a timestamptz' it isn't.
            assertThat(run(old, "s", "2024-07-01 00:00+05")).contains("C INSERT 0 1");
            assertThat(run(fresh, "s", "2024-07-01 00:00+05")).contains("C INSERT 0 1");
          });
    }
    old.query("SET timezone = 'UTC'");
    assertThat(old.query("SELECT at FROM e ORDER BY at"))
        .containsSubsequence(
            "D 2024-06-30 19:00:00+00",
            "D 2024-06-30 19:00:00+00",
            "D 2024-07-01 04:00:00+00",
            "D 2024-07-01 04:00:00+00");
  }

  @Test
  void typesMadeAnewAreFoundByWhoPreparesAnew() throws IOException {
    String[] kinds = {
      "CREATE TYPE public.k AS ENUM ('a', 'b')",
      "CREATE DOMAIN public.k AS text",
      "CREATE TYPE public.k AS (a text)"
    };
    for (String kind : kinds) {
      String value = kind.endsWith("(a text)") ? "(a)" : "a";
      database.execute(kind);
      PooledClient old = client();
      prepare(old, "s", "SELECT $1::public.k");
      for (int i = 0; i < 2; i++) {
        onOtherBackend(() -> assertThat(run(old, "s", value)).isEqualTo(answers(value)));
      }
      for (int again = 0; again < 3; again++) {
        database.execute("DROP TYPE public.k; " + kind);
        for (int i = 0; i < 2; i++) {
          onOtherBackend(() -> assertThat(run(old, "s", value)).last().isEqualTo("Z I"));
        }
        PooledClient one = client();
        prepare(one, "s", "SELECT $1::public.k");
        for (int i = 0; i < 2; i++) {
          onOtherBackend(() -> assertThat(run(one, "s", value)).isEqualTo(answers(value)));
        }
        old.send(close("s"), parse("s", "SELECT $1::public.k"), sync()).until('Z', 1);
        assertThat(run(old, "s", value)).isEqualTo(answers(value));
        one.close();
      }
      database.execute("DROP TYPE public.k");
    }
  }

  @Test
  void anUnnamedStatementThatIsBoundLaterIsComparedAsWell() throws IOException {
    PooledClient one = client();
    prepare(one, "", "SELECT v FROM t");
    onOtherBackend(() -> assertThat(run(one, "")).isEqualTo(answers("7")));
    PooledClient described = client();
    assertThat(
            described.send(parse("", "SELECT v, id FROM t"), describe(""), flush()).until('T', 1))
        .containsExactly("1", "t", "T");
    described.send(sync()).until('Z', 1);
    database.execute("ALTER TABLE tenant_acme.t ALTER v TYPE real");
    onOtherBackend(
        () -> {
          assertThat(run(one, "")).containsExactly(OUTDATED, "Z I");
          assertThat(run(described, "")).containsExactly(OUTDATED, "Z I");
          assertThat(run(described, "")).containsExactly(OUTDATED, "Z I");
          assertThat(
                  one.send(parse("", "SELECT v FROM t"), bind(""), execute(), sync()).until('Z', 1))
              .containsExactly("1", "2", "D 7", "C SELECT 1", "Z I");
        });
  }

  @Test
  void aStatementIsUsedBeforeItsPreparationIsAnswered() throws IOException {
    PooledClient one = client();
    assertThat(
            one.send(
                    parse("s", "SELECT v FROM t"),
                    sync(),
                    bind("s"),
                    execute(),
                    sync(),
                    parse("bad", "SELECT nope"),
                    sync(),
                    bind("bad"),
                    execute(),
                    sync())
                .until('Z', 4))
        .containsExactly(
            "1", "Z I", "2", "D 7", "C SELECT 1", "Z I", "E 42703", "Z I", "E 26000", "Z I");
  }

  @Test
  void aTemporaryTableShadowsWhatIsPreparedAnew() throws IOException {
    PooledClient one = client();
    prepare(one, "s", "SELECT x FROM shad");
    assertThat(run(one, "s")).isEqualTo(answers("public"));
    one.query("CREATE TEMP TABLE shad AS SELECT 'temp'::text AS x");
    prepare(one, "t", "SELECT x FROM shad");
    assertThat(run(one, "t")).isEqualTo(answers("temp"));
    one.query("DEALLOCATE ALL");
    prepare(one, "s", "SELECT x FROM shad");
    assertThat(run(one, "s")).isEqualTo(answers("temp"));
    one.query("DROP TABLE pg_temp.shad");
    assertThat(run(one, "s")).isEqualTo(answers("public"));
  }

  /** It knows the error by its routine, and prepares again behind the application's back. */
  @Test
  void theJdbcDriverHealsUnseen() throws Exception {
    String url =
        "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&prepareThreshold=1&autosave=conservative&currentSchema=tenant_acme"
            .formatted(gateway.port(), database.name());
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement select = connection.prepareStatement("SELECT * FROM t WHERE id = ?")) {
      select.setInt(1, 1);
      for (int columns = 2; columns < 6; columns++) {
        int expected = columns;
        for (int i = 0; i < 2; i++) {
          onOtherBackend(() -> assertThat(columns(select)).isEqualTo(expected));
          assertThat(columns(select)).isEqualTo(expected);
        }
        database.execute("ALTER TABLE tenant_acme.t ADD c%d int".formatted(columns));
      }
      database.execute("ALTER TABLE tenant_acme.t ALTER v TYPE real");
      assertThat(columns(select)).isEqualTo(6);
      try (ResultSet rows = select.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getObject("v")).isEqualTo(7f);
      }
    }
  }

  private static int columns(PreparedStatement select) throws IOException {
    try (ResultSet rows = select.executeQuery()) {
      return rows.getMetaData().getColumnCount();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
