package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/**
 * Two backends that clients share, while the objects in their statements change. A client that
 * prepares gets the objects of that time; a client that has prepared is told where they can't be
 * the same any more.
 */
class RenewedStatementsIT extends RenewedStatementsGround {

  @Test
  void aChangedColumnIsToldOnEveryBackendAndHealsByPreparingAgain() {
    SocketClient one = client();
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
    SocketClient other = client();
    prepare(other, "s", "SELECT v FROM t");
    assertThat(run(other, "s")).isEqualTo(answers("7"));
    onOtherBackend(() -> assertThat(run(other, "s")).isEqualTo(answers("7")));
    one.sends("C S s", "P s SELECT v FROM t", "S").until('Z');
    assertThat(run(one, "s")).isEqualTo(answers("7"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("7")));
  }

  @Test
  void aColumnMoreIsAnErrorInItsPlaceInThePipelineAndFailsTheTransaction() {
    SocketClient one = client();
    prepare(one, "star", "SELECT * FROM t");
    prepare(one, "id", "SELECT id FROM t");
    database.execute("ALTER TABLE tenant_acme.t ADD y int");
    onOtherBackend(
        () -> {
          one.sends("B id", "E", "B star", "E", "B id", "E", "S", "B id", "E", "S")
              .gets("2", "D 1", "C SELECT 1", OUTDATED, "Z I", "2", "D 1", "C SELECT 1", "Z I");
          one.query("BEGIN");
          assertThat(run(one, "star")).containsExactly(OUTDATED, "Z E");
          assertThat(run(one, "id")).containsExactly("E 25P02", "Z E");
          one.sends("Q ROLLBACK").gets("C ROLLBACK", "Z I");
          assertThat(one.sends("D S star", "S").until('Z')).contains(OUTDATED, "Z I");
        });
  }

  @Test
  void aTableThatIsGoneIsToldAsOnAConnectionOfOnesOwn() {
    SocketClient one = client();
    prepare(one, "s", "SELECT v FROM t");
    database.execute("DROP TABLE tenant_acme.t");
    assertThat(run(one, "s")).containsExactly("E 42P01", "Z I");
    onOtherBackend(
        () -> {
          assertThat(run(one, "s")).containsExactly("E 42P01", "Z I");
          one.sends("B s", "E", "B s", "E", "S").gets("E 42P01", "Z I");
        });
    database.execute("CREATE TABLE tenant_acme.t AS SELECT 8 AS v");
    assertThat(run(one, "s")).isEqualTo(answers("8"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("8")));
  }

  @Test
  void whoPreparesAnewFindsTheTableThatShadowsNow() {
    SocketClient old = client();
    prepare(old, "s", "SELECT x FROM shad");
    assertThat(run(old, "s")).isEqualTo(answers("public"));
    onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers("public")));

    database.execute("CREATE TABLE tenant_acme.shad(x) AS SELECT 'acme'");

    SocketClient one = client();
    prepare(one, "s", "SELECT x FROM shad");
    assertThat(run(one, "s")).isEqualTo(answers("acme"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("acme")));
    assertThat(run(one, "s")).isEqualTo(answers("acme"));
  }

  @Test
  void whoPreparesAnewFindsTheFunctionThatFitsBetterNow() {
    database.execute("CREATE FUNCTION public.f(bigint) RETURNS int RETURN 1");
    SocketClient old = client();
    prepare(old, "s", "SELECT f(1)");
    onOtherBackend(() -> assertThat(run(old, "s")).isEqualTo(answers("1")));
    database.execute("CREATE FUNCTION public.f(int) RETURNS int RETURN 2");
    SocketClient one = client();
    prepare(one, "s", "SELECT f(1)");
    assertThat(run(one, "s")).isEqualTo(answers("2"));
    onOtherBackend(() -> assertThat(run(one, "s")).isEqualTo(answers("2")));
  }

  /** The statement that was prepared before reads what a fresh one would, on either backend. */
  @Test
  void definitionsThatPassRenewWhatOthersHavePrepared() throws Exception {
    SocketClient old = client();
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
  void typesMadeAnewAreFoundByWhoPreparesAnew() {
    String[] kinds = {
      "CREATE TYPE public.k AS ENUM ('a', 'b')",
      "CREATE DOMAIN public.k AS text",
      "CREATE TYPE public.k AS (a text)"
    };
    for (String kind : kinds) {
      String value = kind.endsWith("(a text)") ? "(a)" : "a";
      database.execute(kind);
      SocketClient old = client();
      prepare(old, "s", "SELECT $1::public.k");
      for (int i = 0; i < 2; i++) {
        onOtherBackend(() -> assertThat(run(old, "s", value)).isEqualTo(answers(value)));
      }
      for (int again = 0; again < 3; again++) {
        database.execute("DROP TYPE public.k; " + kind);
        for (int i = 0; i < 2; i++) {
          onOtherBackend(() -> assertThat(run(old, "s", value)).last().isEqualTo("Z I"));
        }
        SocketClient one = client();
        prepare(one, "s", "SELECT $1::public.k");
        for (int i = 0; i < 2; i++) {
          onOtherBackend(() -> assertThat(run(one, "s", value)).isEqualTo(answers(value)));
        }
        old.sends("C S s", "P s SELECT $1::public.k", "S").until('Z');
        assertThat(run(old, "s", value)).isEqualTo(answers(value));
        one.close();
      }
      database.execute("DROP TYPE public.k");
    }
  }

  @Test
  void aTemporaryTableShadowsWhatIsPreparedAnew() {
    SocketClient one = client();
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

  private static int columns(PreparedStatement select) {
    try (ResultSet rows = select.executeQuery()) {
      return rows.getMetaData().getColumnCount();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
