package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Statements that are prepared as one role or with some parameters, and run as another role or with
 * other parameters, on another backend: each answer is the one of a direct connection.
 */
class AnalysisContextIT {

  private static final String NAMED = "SELECT ctx_near.f(), current_user";
  private static final String TABLE = "SELECT v FROM ctx_near.t";
  private static final String DATE = "SELECT '03/04/2025'::date - DATE '2025-01-01'";
  private static final String WHO =
      "SELECT current_user, session_user, current_setting('role'), current_setting('datestyle')";

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        DROP ROLE IF EXISTS ctx_may, ctx_not;
        CREATE ROLE ctx_may; CREATE ROLE ctx_not; GRANT ctx_not TO ctx_may;
        CREATE SCHEMA ctx_near; GRANT USAGE ON SCHEMA ctx_near TO ctx_may;
        CREATE TABLE ctx_near.t(v int); INSERT INTO ctx_near.t VALUES (7);
        GRANT SELECT ON ctx_near.t TO ctx_may, ctx_not;
        CREATE FUNCTION ctx_near.f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 5';
        CREATE FUNCTION public.become(r text) RETURNS text LANGUAGE plpgsql AS
          $$ BEGIN RETURN set_config('ro' || 'le', r, false); END $$\
        """);
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.execute(
        "DROP SCHEMA ctx_near CASCADE; DROP FUNCTION public.become; DROP ROLE ctx_may, ctx_not");
    database.close();
  }

  /**
   * Texts are Queries; {@code name=text} is a Parse with a Sync, {@code name!} runs it; |
   * pipelines.
   */
  static Stream<List<String>> conversations() {
    List<List<String>> all = new ArrayList<>();
    for (String text : List.of(NAMED, TABLE)) {
      for (String name : List.of("s", "")) {
        all.add(List.of("r=SET ROLE ctx_not", name + "=" + text, "r!", name + "!", WHO));
      }
      all.add(List.of("s=" + text, "SET ROLE ctx_not", "s!", WHO, "s!", "RESET ROLE", "s!", WHO));
      all.add(List.of("s=" + text, "SET SESSION AUTHORIZATION ctx_not", "s!", WHO, "s!"));
      all.add(
          List.of(
              "SET SESSION AUTHORIZATION ctx_may",
              "s=" + text,
              "SET ROLE ctx_not",
              "s!",
              WHO,
              "SET SESSION AUTHORIZATION ctx_not",
              "s!",
              WHO));
      all.add(List.of("SET ROLE ctx_may", "s=" + text, "SET ROLE ctx_not", "s!", WHO));
      all.add(
          List.of("s=" + text, "BEGIN", "SET LOCAL ROLE ctx_not", "s!", WHO, "COMMIT", WHO, "s!"));
      all.add(
          List.of(
              "s=" + text,
              "BEGIN",
              "SET ROLE ctx_may",
              "SET LOCAL ROLE ctx_not",
              "s!",
              WHO,
              "COMMIT",
              WHO,
              "s!"));
      all.add(
          List.of(
              "s=" + text,
              "BEGIN",
              "SET ROLE ctx_may",
              "SAVEPOINT a",
              "SET ROLE ctx_not",
              "s!",
              "ROLLBACK TO a",
              WHO,
              "s!",
              WHO,
              "COMMIT",
              WHO));
      all.add(
          List.of(
              "BEGIN",
              "SET LOCAL ROLE ctx_may",
              "s=" + text,
              "COMMIT",
              "SET ROLE ctx_not",
              "s!",
              WHO));
      all.add(
          List.of(
              "s=" + text, "BEGIN", "SELECT public.become('ctx_not')", "s!", WHO, "COMMIT", WHO));
      all.add(
          List.of(
              "BEGIN",
              "SELECT set_config('role', 'ctx_not', true)",
              WHO,
              "SELECT public.become('ctx_may')",
              "s=" + text,
              "s!",
              "COMMIT",
              "s!",
              WHO));
    }
    all.addAll(withSettingsOfSuperusers());
    all.addAll(behindWhatFails());
    for (String name : List.of("s", "")) {
      all.add(List.of("d=SET datestyle TO 'dmy'", name + "=" + DATE, "d!", name + "!", WHO));
      all.add(
          List.of(
              "d=SET datestyle TO 'dmy'",
              "r=SET ROLE ctx_not",
              name + "=" + DATE,
              "d!",
              "r!",
              name + "!",
              WHO));
    }
    return all.stream();
  }

  /** One message follows the other without waiting, and the first fails. */
  private static List<List<String>> behindWhatFails() {
    List<List<String>> all = new ArrayList<>();
    for (String fails : List.of("SET ROLE ctx_not; SELECT 1/0", "SET ROLE ctx_not; SAVEPOINT a")) {
      all.add(List.of(fails + "|s=" + TABLE, "SET SESSION AUTHORIZATION ctx_may", "s!", WHO, "s!"));
      all.add(List.of("BEGIN", "ROLLBACK|" + fails + "|s=" + NAMED, "SET ROLE ctx_may", "s!", WHO));
    }
    return all;
  }

  /** A role that may not set a parameter runs what was prepared under another value of it. */
  private static List<List<String>> withSettingsOfSuperusers() {
    List<List<String>> all = new ArrayList<>();
    for (String name : List.of("allow_system_table_mods", "session_replication_role")) {
      String set = "SET %s TO %s".formatted(name, name.startsWith("s") ? "replica" : "on");
      String reset = "RESET " + name;
      String show = "SELECT current_setting('%s')".formatted(name);
      for (String become : List.of("SET ROLE ctx_may", "SET SESSION AUTHORIZATION ctx_may")) {
        String back = become.contains("ROLE") ? "RESET ROLE" : "RESET SESSION AUTHORIZATION";
        all.add(List.of(set, "s=" + TABLE, reset, become, "s!", WHO, show, back, "s!", show));
        all.add(List.of("s=" + TABLE, set, become, "s!", WHO, show, back, "s!", show));
        all.add(List.of(set, become, "s=" + TABLE, back, reset, become, "s!", WHO, show));
        all.add(List.of(become, "s=" + TABLE, back, set, "s!", WHO, show));
      }
      all.add(
          List.of(
              "s=" + TABLE,
              set,
              "BEGIN",
              "SELECT public.become('ctx_may')",
              "s!",
              WHO,
              show,
              "COMMIT",
              WHO));
      all.add(
          List.of(
              set,
              "s=" + TABLE,
              "BEGIN",
              reset,
              "SET LOCAL ROLE ctx_may",
              "s!",
              WHO,
              show,
              "COMMIT",
              WHO,
              show,
              "s!"));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void aStatementMeansWhatItMeantWhenItWasPrepared(List<String> conversation) {
    assertThat(answers(gateway.port(), conversation))
        .isEqualTo(answers(database.server().port(), conversation));
  }

  private static List<List<String>> answers(int port, List<String> conversation) {
    List<List<String>> all = new ArrayList<>();
    try (SocketClient client = SocketClient.login(port, database.name());
        SocketClient holder = SocketClient.login(port, database.name())) {
      boolean open = false;
      for (String step : conversation) {
        boolean alone = open;
        if (!alone) {
          holder.query("BEGIN"); // on the backend that was used last
        }
        String[] parts = step.split("\\|", -1);
        for (String part : parts) {
          client.sends(messages(part));
        }
        List<String> answers = client.until('Z', parts.length);
        if (!alone) {
          holder.query("ROLLBACK");
        }
        open = !answers.get(answers.size() - 1).equals("Z I");
        all.add(answers);
      }
    }
    return all;
  }

  private static String[] messages(String step) {
    int at = step.indexOf('=');
    if (step.endsWith("!")) {
      return new String[] {"B " + step.substring(0, step.length() - 1), "E", "S"};
    }
    return at == 0 || at == 1
        ? new String[] {"P " + step.substring(0, at) + " " + step.substring(at + 1), "S"}
        : new String[] {"Q " + step};
  }
}
