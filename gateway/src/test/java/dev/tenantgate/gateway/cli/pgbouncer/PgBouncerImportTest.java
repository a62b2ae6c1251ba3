package dev.tenantgate.gateway.cli.pgbouncer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsReference;
import dev.tenantgate.config.SettingsSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PgBouncerImportTest {

  @TempDir Path folder;

  private PgBouncerImport.Result imported(String ini) throws IOException {
    return PgBouncerImport.of(Files.writeString(folder.resolve("pgbouncer.ini"), ini));
  }

  @Test
  void everyRuleLeadsToASettingOrGivesAReason() {
    Set<String> keys =
        SettingsReference.entries().stream()
            .map(SettingsReference.Entry::key)
            .collect(Collectors.toSet());
    PgBouncerImport.rules()
        .forEach(
            (name, rule) -> {
              String[] how = rule.how().split(" ", 2);
              assertThat(how[0])
                  .as(name)
                  .isIn(
                      "copy", "file", "list", "yes", "seconds", "same", "none", "apart", "each",
                      "sockets");
              if (how[0].equals("sockets")) {
                assertThat(keys).as(name).contains("listen." + how[1], "database." + how[1]);
              } else if (how.length == 2 && !how[0].equals("each")) {
                assertThat(keys).as(name).contains(how[1]);
              }
            });
  }

  @Test
  void fileThatIsWrittenIsReadAsSettings() throws Exception {
    Files.writeString(folder.resolve("userlist.txt"), "\"app\" \"secret\"\n");
    Files.writeString(folder.resolve("more.ini"), "max_client_conn = 500\n");
    PgBouncerImport.Result result =
        imported(
            """
            ; a comment
            [databases]
            app = host=db.example port=5433 dbname=app password='it''s' pool_size=30
            other = host=/run/postgresql
            * = host=db.example
            [pgbouncer]
            listen_addr = ::1
            listen_port = 7000
            unix_socket_dir = /run/pg
            auth_type = scram-sha-256
            auth_file = userlist.txt
            auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1
            pool_mode = transaction
            query_wait_timeout = 0.5
            server_lifetime = 3600
            idle_transaction_timeout = 0
            cancel_wait_timeout = 10
            %include more.ini
            """);

    assertThat(result.faults()).isEmpty();
    Path yaml = Files.writeString(folder.resolve("tenantgate.yaml"), result.yaml());
    Settings settings =
        SettingsReader.read(new SettingsSources(yaml, Map.of(), Map.of())).settings();
    assertThat(settings.listen().address()).hasToString("[::1]:7000");
    assertThat(settings.listen().unixSocket().directory()).isEqualTo(Path.of("/run/pg"));
    assertThat(settings.listen().maxConnections()).isEqualTo(500);
    assertThat(settings.database().address()).hasToString("db.example:5433");
    assertThat(settings.pool().mode()).isEqualTo(PoolSettings.Mode.TRANSACTION);
    assertThat(settings.pool().of("app", "any").size()).isEqualTo(30);
    assertThat(settings.pool().waitTimeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(settings.auth().query()).contains("pg_shadow WHERE usename = $1");
    assertThat(settings.auth().userList()).isEqualTo(folder.resolve("userlist.txt"));
    assertThat(result.notes())
        .anyMatch(note -> note.startsWith("databases.other: a gateway gates one"))
        .anyMatch(note -> note.startsWith("databases.app: password has no equal"))
        .anyMatch(note -> note.startsWith("cancel_wait_timeout has no equal"))
        .noneMatch(note -> note.contains("it's"));
  }

  @Test
  void limitsOfDatabasesAndUsersAreTakenOver() throws Exception {
    PgBouncerImport.Result result =
        imported(
            """
            [databases]
            sales = host=db dbname=app pool_size=30 max_db_connections=40 server_lifetime=60
            other = host=db pool_size=3
            * = host=db max_db_client_connections=5
            [users]
            my.user = pool_size=4 max_user_connections=0 query_timeout=2.5 pool_mode=session
            eve = client_idle_timeout=0 idle_transaction_timeout=7 transaction_timeout=8
            [pgbouncer]
            auth_type = trust
            listen_addr = 127.0.0.1
            pool_mode = transaction
            query_timeout = 60
            max_db_connections = 250
            max_user_connections = 50
            max_user_client_connections = 70
            max_db_client_connections = 0
            tcp_keepidle = 30
            tcp_keepcnt = 3
            tcp_user_timeout = 45500
            """);

    assertThat(result.faults()).isEmpty();
    Path yaml = Files.writeString(folder.resolve("tenantgate.yaml"), result.yaml());
    Settings settings =
        SettingsReader.read(new SettingsSources(yaml, Map.of(), Map.of())).settings();
    PoolSettings pool = settings.pool();
    assertThat(pool.maxBackends()).isEqualTo(250);
    assertThat(pool.of("app", "x").size()).isEqualTo(30);
    assertThat(pool.of("app", "x").maxLifetime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(pool.of("other", "x").size()).isEqualTo(3);
    assertThat(pool.of("app", "my.user").size()).isEqualTo(4);
    assertThat(pool.of("app", "my.user").timeouts().query()).isEqualTo(Duration.ofMillis(2500));
    assertThat(pool.of("app", "x").timeouts().query()).isEqualTo(Duration.ofMinutes(1));
    assertThat(pool.of("app", "eve").timeouts().transaction()).isEqualTo(Duration.ofSeconds(8));
    assertThat(pool.overrides().backends(Scope.DATABASE, "app").most()).isEqualTo(40);
    assertThat(pool.overrides().backends(Scope.DATABASE, "other").most()).isEqualTo(250);
    assertThat(pool.overrides().backends(Scope.USER, "my.user").most()).isZero();
    assertThat(pool.overrides().backends(Scope.USER, "eve").most()).isEqualTo(50);
    assertThat(pool.overrides().clients(Scope.USER, "eve").most()).isEqualTo(70);
    assertThat(pool.overrides().clients(Scope.DATABASE, "third").most()).isEqualTo(5);
    assertThat(settings.listen().tcp().idle()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.database().tcp().count()).isEqualTo(3);
    assertThat(settings.listen().tcp().userTimeout()).isEqualTo(Duration.ofMillis(45_500));
    assertThat(result.notes()).contains("users.my.user: pool_mode has no equal there");
  }

  @Test
  void remainingWorkIsNamed() throws Exception {
    PgBouncerImport.Result result =
        imported(
            """
            [pgbouncer]
            auth_type = trust
            listen_addr = *
            frobnicate = 1
            server_lifetime = soon
            """);

    assertThat(result.faults())
        .anyMatch(fault -> fault.contains("database.url"))
        .anyMatch(fault -> fault.contains("trust lets in whoever reaches"));
    assertThat(result.notes())
        .anyMatch(note -> note.startsWith("frobnicate: unknown"))
        .anyMatch(note -> note.startsWith("server_lifetime: is no number"));
  }

  @Test
  void rubbishIsRefusedWithItsLine() {
    assertThatThrownBy(() -> imported("[pgbouncer]\nlisten_port 6432\n"))
        .hasMessageContaining("line 2: neither a section, nor name = value");
    assertThatThrownBy(() -> imported("[databases]\n%include pgbouncer.ini\n"))
        .hasMessageContaining("include each other");
  }
}
