package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.testing.HiddenSwitches.READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.HiddenSwitches;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client has just defined what leads to a tenant that lags, and the gateway hasn't looked at the
 * database's routines since: nothing of that tenant gets out, to that client or to another.
 */
class DefinedSwitchIT {

  private static final String SYNC = "S";

  /** In place of a name that nobody has known before. */
  private static final String FRESH = "FRESH";

  /** In front of what another client sends. */
  private static final String OTHER = "other: ";

  private static final String AWAY = "set_config('search_path', 'tenant_globex', false)";
  private static final String BODY = "$$ BEGIN PERFORM " + AWAY + "; RETURN 1; END $$";
  private static final String TRIGGER_BODY = "$$ BEGIN PERFORM " + AWAY + "; RETURN NEW; END $$";
  private static final String STAYING = "$$ BEGIN RETURN 1; END $$";
  private static final String MAKE = function(FRESH, BODY);
  private static final String CALL = "SELECT public.FRESH()";
  private static final String TABLE = "CREATE TABLE public.FRESH_t(id int, more int)";
  private static final String INSERT = "INSERT INTO public.FRESH_t(id) VALUES (1)";

  /** Messages: the client waits for the answers to each line of them. */
  private static final Map<String, List<String>> WAYS = new LinkedHashMap<>();

  static {
    way("a function", MAKE, CALL);
    way("a function, called by another client", MAKE, OTHER + "Q " + CALL, OTHER + "Q " + READ);
    way("all in one text", MAKE + "; " + CALL + "; " + READ);
    way("all in one text behind another statement", "SELECT 1; " + MAKE + "; " + CALL);
    way("the same transaction", "BEGIN", MAKE, CALL, READ);
    way("a transaction in one text", "BEGIN; " + MAKE + "; COMMIT", CALL);
    way("behind the commit", "BEGIN", MAKE, "COMMIT", OTHER + "Q " + CALL, OTHER + "Q " + READ);
    way(
        "a block that goes on",
        "BEGIN",
        MAKE,
        "COMMIT AND CHAIN",
        OTHER + "Q " + CALL + ";" + READ);
    way("the extended protocol", run(MAKE), run(CALL), run(READ));
    way("one batch", batch(MAKE) + batch(CALL) + batch(READ) + SYNC);
    way("a temporary function", MAKE.replace("public.", "pg_temp."), "SELECT pg_temp.FRESH()");
    way(
        "in SQL",
        "CREATE FUNCTION public.FRESH() RETURNS text LANGUAGE sql AS $$ SELECT " + AWAY + " $$",
        CALL);
    way(
        "a procedure",
        MAKE.replace("FUNCTION", "PROCEDURE").replace("RETURNS int", "").replace("RETURN 1;", ""),
        "CALL public.FRESH()");
    way("a DO", "DO $x$ BEGIN EXECUTE $y$" + MAKE + "$y$; END $x$", CALL);
    way(
        "a DO that hides it",
        "DO $x$ BEGIN EXECUTE 'CRE' || $y$" + MAKE.substring(3) + "$y$; END $x$",
        CALL);
    way("a function that runs a text", "SELECT public.pieces($y$" + MAKE + "$y$)", CALL);
    way(
        "another body",
        function(FRESH, STAYING),
        "P s " + CALL + " & " + SYNC,
        "B s & E & " + SYNC,
        replace(FRESH, BODY),
        "B s & E & " + SYNC);
    way(
        "another body by another client",
        function(FRESH, STAYING),
        "P s " + CALL + " & " + SYNC,
        OTHER + "Q " + replace(FRESH, BODY),
        "B s & E & " + SYNC);
    way(
        "another body for SQL's statement",
        function(FRESH, STAYING),
        "PREPARE p AS " + CALL,
        "EXECUTE p",
        replace(FRESH, BODY),
        "EXECUTE p");
    way(
        "another body for a view",
        function(FRESH, STAYING),
        "CREATE VIEW public.FRESH_v AS " + CALL,
        "SELECT * FROM public.FRESH_v",
        replace(FRESH, BODY),
        "SELECT * FROM public.FRESH_v");
    way(
        "another name",
        MAKE,
        "ALTER FUNCTION public.FRESH() RENAME TO FRESH_b",
        "SELECT public.FRESH_b()");
    way(
        "a trigger",
        TABLE,
        function(FRESH, TRIGGER_BODY).replace("int LANGUAGE", "trigger LANGUAGE"),
        "CREATE TRIGGER t BEFORE INSERT ON public.FRESH_t FOR EACH ROW EXECUTE FUNCTION"
            + " public.FRESH()",
        INSERT);
    way("a view", MAKE, "CREATE VIEW public.FRESH_v AS " + CALL, "SELECT * FROM public.FRESH_v");
    way(
        "a rule",
        TABLE,
        MAKE,
        "CREATE RULE r AS ON INSERT TO public.FRESH_t DO ALSO " + CALL,
        INSERT);
    way(
        "a default",
        MAKE,
        "CREATE TABLE public.FRESH_t(id int, more int DEFAULT public.FRESH())",
        INSERT);
    way(
        "a check",
        TABLE,
        MAKE,
        "ALTER TABLE public.FRESH_t ADD CHECK (public.FRESH() = id)",
        INSERT);
    way(
        "a generated column",
        MAKE.replace("LANGUAGE", "IMMUTABLE LANGUAGE"),
        "CREATE TABLE public.FRESH_t(id int, more int GENERATED ALWAYS AS (public.FRESH() + id)"
            + " STORED)",
        INSERT);
    way(
        "a domain",
        MAKE,
        "CREATE DOMAIN public.FRESH_d AS int CHECK (public.FRESH() = VALUE)",
        "SELECT 1::public.FRESH_d");
    way(
        "an operator",
        MAKE.replace("FRESH()", "FRESH(int, int)"),
        "CREATE OPERATOR public.<#> (LEFTARG = int, RIGHTARG = int, FUNCTION = public.FRESH)",
        "SELECT 1 OPERATOR(public.<#>) 2");
    way(
        "a cast",
        "CREATE TYPE public.FRESH_a AS (x int)",
        MAKE.replace("FRESH()", "FRESH(public.FRESH_a)"),
        "CREATE CAST (public.FRESH_a AS int) WITH FUNCTION public.FRESH(public.FRESH_a)",
        "SELECT ROW(1)::public.FRESH_a::int");
    way(
        "an aggregate",
        MAKE.replace("FRESH()", "FRESH(int, int)"),
        "CREATE AGGREGATE public.FRESH_g(int) (SFUNC = public.FRESH, STYPE = int, INITCOND = '1')",
        "SELECT public.FRESH_g(1)");
    way("a long text", MAKE + " -- " + "x".repeat(1 << 20), CALL);
    way(
        "a long text that calls it",
        MAKE + "; /*" + "x".repeat(1 << 20) + "*/" + CALL + "; " + READ);
    way("a long text of many statements", "SELECT 1 WHERE false;".repeat(60_000) + MAKE, CALL);
    way(
        "a long text that is prepared",
        "P - " + MAKE + " -- " + "x".repeat(1 << 20) + " & B - & E & " + SYNC,
        CALL);
    way(
        "an event trigger",
        MAKE.replace("RETURNS int", "RETURNS event_trigger").replace("RETURN 1;", ""),
        "CREATE EVENT TRIGGER FRESH_e ON ddl_command_end EXECUTE FUNCTION public.FRESH()",
        TABLE);
  }

  @TempDir Path migrations;

  /** The kind of pooling, and whether the server is the newest one. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  private @interface Everywhere {}

  /** A gateway that doesn't look by itself, with acme current and globex not. */
  private GatewayFixture strict(TestDatabase database, String mode) throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("pool.mode", mode);
    settings.put("pool.size", "2");
    settings.put("auth.method", "trust");
    settings.put("gate.recheck-interval", "1h");
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, settings)) {
      migrating.connect("acme").close();
    }
    settings.put("gate.policy", "reject");
    return GatewayFixture.start(database, migrations, settings);
  }

  private static SocketClient client(GatewayFixture gateway, TestDatabase database) {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  @Everywhere
  void nothingOfItGetsOut(String mode, boolean latest) throws Exception {
    SoftAssertions all = new SoftAssertions();
    try (TestDatabase database = HiddenSwitches.prepare(latest, migrations);
        GatewayFixture gateway = strict(database, mode)) {
      int number = 0;
      for (Map.Entry<String, List<String>> way : WAYS.entrySet()) {
        String name = "f" + number++;
        all.assertThat(told(gateway, database, way.getValue(), name))
            .as(way.getKey())
            .doesNotContain("D globex")
            .contains("57P03");
      }
    }
    all.assertAll();
  }

  /** Also where it could lead elsewhere, and where the transaction is rolled back. */
  @Everywhere
  void whatStaysWhereItIsGetsOutWhole(String mode, boolean latest) throws Exception {
    String staying = "$$ BEGIN EXECUTE 'SET search_path TO tenant_acme, public'; RETURN 7; END $$";
    String rows = " D acme D acme D acme";
    try (TestDatabase database = HiddenSwitches.prepare(latest, migrations);
        GatewayFixture gateway = strict(database, mode);
        SocketClient client = client(gateway, database);
        SocketClient other = client(gateway, database)) {
      exchange(client, "Q " + function("stays", staying));
      assertThat(exchange(client, "Q SELECT public.stays()")).isEqualTo("\n D 7");
      assertThat(exchange(other, "Q SELECT public.stays(); " + READ)).isEqualTo("\n D 7" + rows);
      assertThat(exchange(client, run("SELECT public.stays()"))).isEqualTo("\n D 7");
      assertThat(
              exchange(client, "Q " + function("too", staying) + "; SELECT public.too(); " + READ))
          .isEqualTo("\n D 7" + rows);
      exchange(client, "Q BEGIN");
      exchange(client, "Q " + function("gone", BODY));
      assertThat(exchange(client, "Q " + READ)).isEqualTo("\n" + rows);
      assertThat(exchange(other, "Q " + READ)).isEqualTo("\n" + rows);
      exchange(client, "Q ROLLBACK");
      assertThat(exchange(client, "Q SELECT public.gone()")).contains("42883");
      assertThat(exchange(client, "Q COPY (" + READ + ") TO STDOUT")).isEqualTo("\n");
      assertThat(exchange(client, "Q " + READ)).isEqualTo("\n" + rows);
      assertThat(exchange(other, "Q " + READ)).isEqualTo("\n" + rows);
    }
  }

  /** All that two clients are told, each of whom reads at last where it is. */
  private static String told(
      GatewayFixture gateway, TestDatabase database, List<String> way, String name) {
    StringBuilder told = new StringBuilder();
    try (SocketClient client = client(gateway, database);
        SocketClient other = client(gateway, database)) {
      for (String line : way) {
        boolean byOther = line.startsWith(OTHER);
        String messages = (byOther ? line.substring(OTHER.length()) : line).replace(FRESH, name);
        told.append(exchange(byOther ? other : client, messages));
      }
      told.append(exchange(client, "Q " + READ)).append(exchange(other, "Q " + READ));
    }
    return told.toString();
  }

  /** The answers to messages up to their ReadyForQuery, or to the session's end. */
  private static String exchange(SocketClient client, String messages) {
    StringBuilder told = new StringBuilder("\n");
    client.sends(messages);
    while (true) {
      Frame frame = client.read();
      switch (frame.type()) {
        case 'Z' -> {
          return told.toString();
        }
        case 'D' ->
            told.append(" D ")
                .append(
                    new String(frame.body(), 6, frame.body().length - 6, StandardCharsets.UTF_8));
        case 'E' ->
            told.append(" E ").append(frame.field('C')).append(' ').append(frame.field('M'));
        default -> {
          if ("123nstTCSNHdc".indexOf(frame.type()) < 0) {
            return told.append(" ended").toString();
          }
        }
      }
    }
  }

  private static String function(String name, String body) {
    return "CREATE FUNCTION public.%s() RETURNS int LANGUAGE plpgsql AS %s".formatted(name, body);
  }

  private static String replace(String name, String body) {
    return function(name, body).replace("CREATE", "CREATE OR REPLACE");
  }

  private static String batch(String sql) {
    return "P - " + sql + " & B - & E & ";
  }

  private static String run(String sql) {
    return batch(sql) + SYNC;
  }

  /** Texts by themselves, or messages. */
  private static void way(String name, String... lines) {
    WAYS.put(
        name,
        List.of(lines).stream()
            .map(line -> line.matches("(?s)([PB] |other: ).*") ? line : "Q " + line)
            .toList());
  }
}
