package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.config.Settings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.survey.FleetScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The ways to make tenants of a {@link LargeSchema} that are compared. */
final class TenantMakers {

  private TenantMakers() {}

  /** Makes new tenants with each turn. Confined to the benchmark's thread. */
  abstract static class Maker implements Contestant {

    private final String name;
    private final String prefix;
    private final int tenants;
    private int made;

    Maker(String name, String prefix, int tenants) {
      this.name = name;
      this.prefix = prefix;
      this.tenants = tenants;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int schemas() {
      return tenants;
    }

    /** Names that no tenant has yet. */
    List<String> next() {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < tenants; i++) {
        names.add("%s_%05d".formatted(prefix, ++made));
      }
      return names;
    }
  }

  /** One by one, as {@code tenant create} does, so many at once. */
  static final class Creating extends Maker {

    private final Settings settings;

    Creating(String name, String prefix, int tenants, Settings settings) {
      super(name, prefix, tenants);
      this.settings = settings;
    }

    @Override
    public Duration migrate(int expected) throws Exception {
      List<String> names = next();
      ExecutorService threads = Executors.newFixedThreadPool(settings.migrations().workers());
      long started = System.nanoTime();
      try (Migrator migrator = Migrator.open(settings)) {
        Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
        List<Future<TenantCreation>> creations = new ArrayList<>();
        for (String name : names) {
          creations.add(threads.submit(() -> migrator.tenants().create(changelog, name)));
        }
        for (Future<TenantCreation> creation : creations) {
          if (!(creation.get() instanceof TenantCreation.Created)) {
            throw new IllegalStateException(String.valueOf(creation.get()));
          }
        }
        return Duration.ofNanos(System.nanoTime() - started);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /** All together, as {@code migrate tenants} does with schemas that are there and empty. */
  static final class Migrating extends Maker {

    private final BenchmarkServer server;
    private final Settings settings;

    Migrating(String name, String prefix, int tenants, BenchmarkServer server, Settings settings) {
      super(name, prefix, tenants);
      this.server = server;
      this.settings = settings;
    }

    @Override
    public Duration migrate(int expected) throws Exception {
      try (Connection connection = server.connect();
          Statement statement = connection.createStatement()) {
        for (String name : next()) {
          statement.execute("CREATE SCHEMA filled_" + name);
        }
      }
      long started = System.nanoTime();
      try (Migrator migrator = Migrator.open(settings)) {
        Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
        FleetOutcome outcome =
            migrator
                .runs()
                .migrateAll(
                    changelog,
                    new FleetScope.AllTenants(),
                    new Target.Latest(),
                    FleetListener.NONE);
        if (!outcome.failures().isEmpty()) {
          throw new IllegalStateException(outcome.failures().get(0).toString());
        }
      }
      return Duration.ofNanos(System.nanoTime() - started);
    }
  }

  /** The same SQL, by so many psql processes. */
  static final class ByPsql extends Maker {

    private final BenchmarkServer server;
    private final Path folder;
    private final int processes;

    ByPsql(String name, String prefix, int tenants, Ground ground, int processes) {
      super(name, prefix, tenants);
      this.server = ground.server();
      this.folder = ground.folder();
      this.processes = processes;
    }

    @Override
    public Duration migrate(int expected) throws Exception {
      List<StringBuilder> texts = new ArrayList<>();
      for (int i = 0; i < processes; i++) {
        texts.add(new StringBuilder());
      }
      int turn = 0;
      for (String name : next()) {
        texts
            .get(turn++ % processes)
            .append("BEGIN;\nCREATE SCHEMA bare_%1$s;\n".formatted(name))
            .append("SET LOCAL search_path = bare_%1$s;\n".formatted(name))
            .append(String.join("", LargeSchema.statements()))
            .append("COMMIT;\n");
      }
      List<Path> scripts = new ArrayList<>();
      for (int i = 0; i < processes; i++) {
        scripts.add(
            Files.writeString(
                folder.resolve("create-%d.sql".formatted(i)), texts.get(i).toString()));
      }
      return PsqlContestant.run(server, folder, scripts);
    }
  }
}
