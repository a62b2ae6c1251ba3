package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** A gateway before a database that another tool migrates. */
abstract class ExternalGateFixture {

  static TestDatabase database;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void makeTenants() {
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void dropTenants() {
    String schemas =
        String.join(
            ", ",
            database
                .column(
                    "SELECT nspname FROM pg_namespace"
                        + " WHERE nspname LIKE 'tenant\\_%' OR nspname = 'platform'")
                .stream()
                .map(String::valueOf)
                .toList());
    database.execute("DROP SCHEMA " + schemas + " CASCADE");
  }

  GatewayFixture gateway(String key, String value, String... more) {
    Map<String, String> settings = new HashMap<>(Map.of("migrations.tool", "external", key, value));
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return GatewayFixture.start(database, folder, settings);
  }

  static String required(ToolHistories tool) {
    return switch (tool) {
      case DJANGO -> "gate.required-names";
      case LIQUIBASE -> "gate.required-tag";
      default -> "gate.required";
    };
  }

  static String second(ToolHistories tool) {
    return switch (tool) {
      case DJANGO -> "shop.0002_add_email";
      case LIQUIBASE -> "v2";
      default -> "2";
    };
  }

  /** Takes the second migration out of a history. */
  static String withoutSecond(ToolHistories tool, String schema) {
    String table = schema + "." + tool.table();
    return switch (tool) {
      case GOLANG_MIGRATE, TERN -> "UPDATE " + table + " SET version = 1";
      default ->
          "DELETE FROM %s AS h WHERE h::text LIKE '%%2%%add%%email%%' OR h::text ~* 'email2'"
                  .formatted(table)
              + (switch (tool) {
                case GOOSE -> " OR version_id = 2";
                case ECTO, RAILS, DBMATE -> " OR version::text = '2'";
                default -> "";
              });
    };
  }

  static void migrate(ToolHistories tool, String schema) {
    database.execute(
        "DROP TABLE IF EXISTS %s.%s; %s".formatted(schema, tool.table(), tool.in(schema)));
  }

  static CompletableFuture<Connection> connecting(GatewayFixture gateway, String tenant) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return gateway.connect(tenant);
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
  }

  static ServerErrorMessage refusal(GatewayFixture gateway, String tenant) {
    ServerErrorMessage[] message = new ServerErrorMessage[1];
    assertThatThrownBy(() -> gateway.connect(tenant).close())
        .isInstanceOfSatisfying(PSQLException.class, e -> message[0] = e.getServerErrorMessage());
    return message[0];
  }

  void file(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  static String tenant(ToolHistories tool) {
    return tool.name().toLowerCase(Locale.ROOT);
  }

  static String schema(ToolHistories tool) {
    return "tenant_" + tenant(tool);
  }

  static void end(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
