package dev.tenantgate.gateway.driver;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.hibernate.SessionFactory;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.io.TempDir;

/** Hibernate with a schema per tenant behind HikariCP: one pool of connections, many tenants. */
class HibernateIT {

  private static final int THREADS = 8;
  private static final int ROUNDS = 8;

  @TempDir Path folder;

  private GatewayFixture gateway(TestDatabase database, String mode) throws Exception {
    Path users = folder.resolve("users.txt");
    Files.writeString(users, "\"postgres\" \"secret\"\n");
    Map<String, String> settings = new HashMap<>(Map.of("pool.mode", mode));
    if (mode.equals("transaction")) {
      settings.putAll(
          Map.of(
              "pool.size", "2",
              "auth.method", "scram-sha-256",
              "auth.user-list", users.toString()));
    }
    return GatewayFixture.start(database, folder.resolve("migrations"), settings);
  }

  private static HikariDataSource pool(GatewayFixture gateway, TestDatabase database) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(
        "jdbc:postgresql://127.0.0.1:%d/%s?sslmode=disable&prepareThreshold=1"
            .formatted(gateway.port(), database.name()));
    config.setUsername("postgres");
    config.setPassword("secret");
    config.setMaximumPoolSize(THREADS);
    return new HikariDataSource(config);
  }

  private static SessionFactory hibernate(HikariDataSource pool) {
    Configuration configuration = new Configuration().addAnnotatedClass(Item.class);
    StandardServiceRegistryBuilder registry =
        new StandardServiceRegistryBuilder()
            .applySetting(
                AvailableSettings.MULTI_TENANT_CONNECTION_PROVIDER, new SchemaPerTenant(pool))
            .applySetting(AvailableSettings.CONNECTION_PROVIDER_DISABLES_AUTOCOMMIT, false);
    return configuration.buildSessionFactory(registry.build());
  }

  /** A unit of work; what it reads has to be its tenant's. */
  private static void work(SessionFactory hibernate, String tenant) {
    try (var session = hibernate.withOptions().tenantIdentifier((Object) tenant).openSession()) {
      session.beginTransaction();
      Item item = new Item(tenant);
      session.persist(item);
      session.flush();
      session.clear();
      assertThat(session.find(Item.class, item.id()).text()).isEqualTo(tenant + "/new");
      assertThat(
              session
                  .createQuery("select distinct i.name from Item i", String.class)
                  .getResultList())
          .containsExactly(tenant);
      session.getTransaction().commit();
    }
  }

  @BothModes
  void tenantsShareOnePool(String mode) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
      Path migrations = folder.resolve("migrations");
      migration(migrations, "00001_items.sql", "CREATE TABLE item(id serial, name text);");
      try (GatewayFixture gateway = gateway(database, mode);
          HikariDataSource pool = pool(gateway, database);
          SessionFactory hibernate = hibernate(pool)) {
        pool.getConnection().close();
        migration(migrations, "00002_notes.sql", "ALTER TABLE item ADD note text DEFAULT 'new';");
        gateway.gateway().reload();
        work(hibernate, "acme"); // behind until this
        work(hibernate, "globex");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          int number = thread;
          running.add(
              threads.submit(
                  () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                      work(hibernate, (i + number) % 2 == 0 ? "acme" : "globex");
                    }
                  }));
        }
        for (Future<?> each : running) {
          each.get();
        }
        threads.shutdown();
      }
    }
  }
}
