package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import org.junit.jupiter.api.Test;

/**
 * A statement that is prepared anew on another backend is analysed as at its Parse: with the path,
 * the settings and the types of parameters of that moment.
 */
class ParseContextIT extends RenewedStatementsGround {

  @Test
  void whatAnalysisReadsIsEachClientsOwn() {
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
      SocketClient one = client();
      SocketClient other = client();
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
  void aStatementIsMadeAgainWithTheSettingsItWasPreparedWith() {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-07-01 00:00')::bigint";
    SocketClient one = client();
    one.query("SET timezone = 'UTC'");
    prepare(one, "s", sql);
    one.query("SET timezone = 'America/New_York'");
    onOtherBackend(
        () -> {
          one.sends("B s", "E", "P - SHOW timezone", "B -", "E", "S")
              .gets(
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
    SocketClient other = client();
    other.query("SET timezone = 'America/New_York'");
    prepare(other, "s", sql);
    onOtherBackend(() -> assertThat(run(other, "s")).isEqualTo(answers("1719806400")));
    SocketClient doubtful = client();
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
  void aSettingOfOneTransactionIsNotSharedWithTheNext() {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-07-01 00:00')::bigint";
    SocketClient one = client();
    one.query("SET timezone = 'UTC'");
    one.query("BEGIN; SET LOCAL timezone = 'America/New_York'");
    prepare(one, "local", sql);
    assertThat(run(one, "local")).contains("D 1719806400");
    one.query("SET LOCAL timezone = 'UTC'");
    prepare(one, "second", sql);
    assertThat(run(one, "second")).contains("D 1719792000");
    assertThat(run(one, "local")).contains("D 1719806400");
    one.query("COMMIT");
    SocketClient other = client();
    other.query("SET timezone = 'UTC'");
    prepare(other, "s", sql);
    assertThat(run(other, "s")).isEqualTo(answers("1719792000"));
    assertThat(run(one, "local")).isEqualTo(answers("1719806400"));
    assertThat(run(one, "second")).isEqualTo(answers("1719792000"));
  }

  @Test
  void literalsOfTheMomentAreOfTheMomentOfTheParse() {
    SocketClient one = client();
    String sql = "SELECT extract(epoch FROM timestamptz 'now')";
    prepare(one, "a", sql);
    String first = SocketClient.value(run(one, "a"));
    prepare(one, "b", sql);
    assertThat(SocketClient.value(run(one, "b"))).isGreaterThan(first);
    assertThat(SocketClient.value(run(one, "a"))).isEqualTo(first);
  }

  @Test
  void twoSwitchesInOneTransactionAreAnalysedWhereTheyLead() {
    SocketClient one = client();
    one.query("BEGIN; SET LOCAL search_path TO tenant_acme");
    prepare(one, "a", "SELECT v FROM t");
    assertThat(run(one, "a")).contains("D 7");
    one.query("SET LOCAL search_path TO tenant_globex");
    one.sends("P b SELECT v FROM t", "B b", "E", "S").gets("1", "2", "D g", "C SELECT 1", "Z T");
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
  void aParametersTypeStaysWhatTheClientWasTold() {
    database.execute("CREATE TABLE tenant_acme.e(at timestamp)");
    SocketClient old = client();
    old.query("SET timezone = 'America/New_York'");
    prepare(old, "s", "INSERT INTO e VALUES ($1)");
    database.execute("ALTER TABLE tenant_acme.e ALTER at TYPE timestamptz USING at");
    SocketClient fresh = client();
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
  void anUnnamedStatementThatIsBoundLaterIsComparedAsWell() {
    SocketClient one = client();
    prepare(one, "", "SELECT v FROM t");
    onOtherBackend(() -> assertThat(run(one, "")).isEqualTo(answers("7")));
    SocketClient described = client();
    described.sends("P - SELECT v, id FROM t", "D S -", "H").gets("1", "t", "T");
    described.sends("S").until('Z');
    database.execute("ALTER TABLE tenant_acme.t ALTER v TYPE real");
    onOtherBackend(
        () -> {
          assertThat(run(one, "")).containsExactly(OUTDATED, "Z I");
          assertThat(run(described, "")).containsExactly(OUTDATED, "Z I");
          assertThat(run(described, "")).containsExactly(OUTDATED, "Z I");
          one.sends("P - SELECT v FROM t", "B -", "E", "S")
              .gets("1", "2", "D 7", "C SELECT 1", "Z I");
        });
  }

  @Test
  void aStatementIsUsedBeforeItsPreparationIsAnswered() {
    SocketClient one = client();
    one.sends(
            "P s SELECT v FROM t",
            "S",
            "B s",
            "E",
            "S",
            "P bad SELECT nope",
            "S",
            "B bad",
            "E",
            "S")
        .gets("1", "Z I", "2", "D 7", "C SELECT 1", "Z I", "E 42703", "Z I", "E 26000", "Z I");
  }
}
