package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the same questions are asked: the newest and the oldest server, each by itself and behind a
 * gateway in session and in transaction pooling. Confined to a test's thread.
 */
final class ServedPlaces implements AutoCloseable {

  private final Deque<Runnable> closings = new ArrayDeque<>();
  private final List<Place> places = new ArrayList<>();

  /**
   * A PostgreSQL, at its own port or behind a gateway.
   *
   * @param name of the place, for people
   * @param port where it is served
   * @param database has a tenant acme with a table {@code item(id int)}
   * @param gateway null where it is the server itself
   */
  record Place(String name, int port, TestDatabase database, @Nullable GatewayFixture gateway) {

    SocketClient client() {
      return SocketClient.login(port, database.name(), "tenant_acme", Map.of());
    }

    boolean isPooled() {
      return name.endsWith("transaction");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  ServedPlaces(Path migrations) {
    for (TestPostgres server : List.of(TestPostgres.latest(), TestPostgres.oldest())) {
      TestDatabase database = server.newDatabase();
      database.execute("CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.item(id int)");
      closings.push(database::close);
      String version = "PostgreSQL " + server.majorVersion();
      places.add(new Place(version, server.port(), database, null));
      for (Map<String, String> mode :
          List.of(
              Map.of("pool.mode", "session"),
              Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"))) {
        GatewayFixture gateway = GatewayFixture.start(database, migrations, mode);
        closings.push(gateway::close);
        String name = version + ", " + mode.get("pool.mode");
        places.add(new Place(name, gateway.port(), database, gateway));
      }
    }
  }

  Stream<Place> all() {
    return places.stream();
  }

  @Override
  public void close() {
    closings.forEach(Runnable::run);
  }
}
