package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A statement leads to a tenant that lags, without showing it, and others of the same exchange read
 * there: nothing of that gets out, on servers that report where they are and on those that don't.
 */
class HiddenSwitchIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    prepare(TestPostgres.latest());
  }

  private void prepare(TestPostgres server) {
    database = server.newDatabase();
    for (String tenant : List.of("acme", "globex")) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.secret(mark text);".formatted(tenant)
              + "INSERT INTO tenant_%1$s.secret SELECT '%1$s' FROM generate_series(1, 3)"
                  .formatted(tenant));
    }
    database.execute(
        """
        CREATE FUNCTION public.go(tenant text) RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE format('SET search_path TO %I', 'tenant_' || tenant); END $$;
        CREATE FUNCTION public.go_on() RETURNS int LANGUAGE sql AS
          $$ SELECT public.go('globex'); SELECT 1 $$;
        CREATE FUNCTION public.going() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM public.go('globex'); RETURN NEW; END $$;
        CREATE TABLE public.trap(id int);
        CREATE TRIGGER trap BEFORE INSERT ON public.trap EXECUTE FUNCTION public.going();
        CREATE VIEW public.window AS SELECT public.go_on();
        """);
    migration(
        migrations, "00001_status.sql", "ALTER TABLE secret ADD COLUMN status text DEFAULT 'new';");
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  /** Acme is current, globex isn't; who gets there is refused. */
  private GatewayFixture strict() throws Exception {
    try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
      migrating.connect("acme").close();
    }
    GatewayFixture gateway =
        GatewayFixture.start(database, migrations, Map.of("gate.policy", "reject"));
    // Whether the functions have been looked at shows by what becomes of a call.
    await()
        .untilAsserted(
            () -> {
              try (RawClient client = login(gateway)) {
                client.send(RawClient.query("SELECT public.go_on(); SELECT 2"));
                assertThat(RawClient.types(client.readUntil('E'))).doesNotContain("D");
              }
            });
    return gateway;
  }

  private RawClient login(GatewayFixture gateway) throws Exception {
    RawClient client = new RawClient(gateway.port());
    client.send(
        RawClient.startup(
            Map.of(
                "user",
                "postgres",
                "database",
                database.name(),
                "search_path",
                "tenant_acme,public")));
    client.readUntil('Z');
    return client;
  }

  private static final String READ = "SELECT mark FROM secret";

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingOfItGetsOut(boolean latest) throws Exception {
    if (!latest) {
      database.close();
      prepare(TestPostgres.oldest());
    }
    try (GatewayFixture gateway = strict()) {
      for (String sql :
          List.of(
              "SELECT public.go('globex'); " + READ,
              "SELECT public.\"go_on\"(); " + READ,
              "INSERT INTO trap VALUES (1); " + READ,
              "SELECT * FROM public.window; " + READ,
              "BEGIN; SELECT GO('globex'); " + READ,
              "DO $$ BEGIN PERFORM set_config('search_path', 'tenant_globex', false); END $$; "
                  + READ,
              "SELECT set_config('search_path', 'tenant_' || 'globex', false); " + READ)) {
        try (RawClient client = login(gateway)) {
          client.send(RawClient.query(sql));
          List<Message> answer = client.readUntil('E');
          assertThat(RawClient.types(answer)).as(sql).doesNotContain("D");
          Message error = answer.get(answer.size() - 1);
          assertThat(error.field('C')).as(sql).isEqualTo("57P03");
        }
      }
    }
  }

  @Test
  void whatStaysWhereItIsGetsOutWhole() throws Exception {
    try (GatewayFixture gateway = strict();
        RawClient client = login(gateway)) {
      client.send(RawClient.query("SELECT public.go('acme'); " + READ));
      assertThat(RawClient.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCTDDDCZ");
      client.send(RawClient.query("SELECT public.go('acme'); SELECT nothing"));
      assertThat(RawClient.types(client.readUntil('Z')).replace("S", "")).isEqualTo("TDCEZ");
    }
  }

  /** The client has to send something in the middle of it. */
  @Test
  void copiedDataAndFlushesAreAsked() throws Exception {
    try (GatewayFixture gateway = strict();
        RawClient client = login(gateway)) {
      client.send(RawClient.query("DO $$ BEGIN END $$; COPY secret(mark) FROM STDIN"));
      assertThat(RawClient.types(client.readUntil('G'))).isEqualTo("CG");
      client.send(RawClient.message('c', new byte[0]));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("CZ");

      byte[] text = "SELECT public.go('acme')".getBytes(StandardCharsets.US_ASCII);
      byte[] parse = new byte[text.length + 4];
      System.arraycopy(text, 0, parse, 1, text.length);
      client.send(RawClient.message('P', parse));
      client.send(RawClient.message('B', new byte[8]));
      client.send(RawClient.message('E', new byte[5]));
      client.send(RawClient.message('H', new byte[0]));
      client.readUntil('C');
      client.send(RawClient.message('S', new byte[0]));
      client.readUntil('Z');
    }
  }

  @Test
  void moreThanCanBeWithheldEndsTheSession() throws Exception {
    try (GatewayFixture gateway = strict();
        RawClient client = login(gateway)) {
      client.send(
          RawClient.query(
              "DO $$ BEGIN END $$; SELECT repeat('x', 1000) FROM generate_series(1, 999)"));
      List<Message> answer = client.readUntil('E');
      assertThat(RawClient.types(answer)).isEqualTo("E");
      assertThat(answer.get(0).field('M')).contains("too long to be withheld");
    }
  }
}
