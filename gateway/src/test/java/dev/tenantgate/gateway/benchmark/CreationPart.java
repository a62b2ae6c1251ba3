package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of the table about new tenants of 20 tables with three indexes each: made one by one, as
 * a copy of a schema, and by a run over schemas that are there; beside psql fed the same SQL.
 * Confined to one thread.
 */
final class CreationPart {

  private static final List<Integer> WORKERS = List.of(1, 2, 8);
  private static final String TEMPLATE = "large_template";
  private static final double TARGET = 0.85;

  private final Ground ground;
  private final BenchmarkTable table;
  private final int rounds;
  private final Path migrations;

  CreationPart(Ground ground, BenchmarkTable table, int rounds) {
    this.ground = ground;
    this.table = table;
    this.rounds = rounds;
    this.migrations = ground.folder().resolve("large");
  }

  /** Makes so many tenants in each way, with each number of workers that has work to do then. */
  void run(int tenants) throws Exception {
    LargeSchema.write(migrations);
    Settings plain = settings(1, "large_{tenant}", Map.of());
    try (Migrator migrator = Migrator.open(plain)) {
      var unused =
          migrator
              .tenants()
              .create(ChangelogReader.read(plain.migrations()).changelog(), "template");
    }
    commands();
    int each = Math.max(1, tenants / rounds);
    for (int workers : WORKERS) {
      if (workers <= each) {
        compare(workers, each);
      }
    }
  }

  private Settings settings(int workers, String schema, Map<String, String> more) throws Exception {
    Map<String, String> keys = new HashMap<>(more);
    keys.put("migrations.locations", migrations.toString());
    keys.put("migrations.workers", Integer.toString(workers));
    keys.put("tenants.schema", schema);
    return SettingsReader.read(new SettingsSources(ground.config(), Map.of(), keys)).settings();
  }

  /** One tenant, by a command that is a process of its own. */
  private void commands() throws Exception {
    table.part("A tenant of 20 tables with three indexes each, by a process of its own");
    double[] ours = new double[rounds];
    double[] psql = new double[rounds];
    boolean installed = PsqlContestant.isInstalled();
    for (int i = 0; i < rounds; i++) {
      CommandRun run =
          CommandRun.of(
              ground.server(),
              ground.folder(),
              "tenant",
              "create",
              "command%d".formatted(i),
              "--config",
              ground.config().toString(),
              "--migrations",
              migrations.toString());
      ours[i] = run.elapsed().toNanos() / 1e9;
      if (installed) {
        Contestant one = new TenantMakers.ByPsql("psql", "command%d".formatted(i), 1, ground, 1);
        psql[i] = one.migrate(0).toNanos() / 1e9;
      }
    }
    table.row("tenant create", 1, Rounds.median(ours), "", "the start of the JVM included");
    if (installed) {
      table.row("psql, bare SQL", 1, Rounds.median(psql), "", "");
    }
  }

  private void compare(int workers, int tenants) throws Exception {
    String tail = "w%d".formatted(workers);
    Settings created = settings(workers, "large_{tenant}", Map.of());
    Settings copied =
        settings(
            workers,
            "large_{tenant}",
            Map.of(
                "migrations.checkpoint.version",
                Integer.toString(LargeSchema.TABLES),
                "migrations.checkpoint.template-schema",
                TEMPLATE));
    Contestant creating = new TenantMakers.Creating("created", "c" + tail, tenants, created);
    Contestant copying = new TenantMakers.Creating("copied", "t" + tail, tenants, copied);
    Contestant migrating =
        new TenantMakers.Migrating(
            "migrate tenants",
            "m" + tail,
            tenants,
            ground.server(),
            settings(workers, "filled_{tenant}", Map.of()));
    List<Contestant> all = new ArrayList<>(List.of(creating, copying, migrating));
    Contestant psql =
        new TenantMakers.ByPsql("psql, bare SQL", "p" + tail, tenants, ground, workers);
    boolean installed = PsqlContestant.isInstalled();
    if (installed) {
      all.add(psql);
    }
    Rounds turns = new Rounds(ground.server(), all);
    for (int i = 0; i <= rounds; i++) {
      turns.run(0, i > 0);
    }
    table.part("New tenants of 20 tables with three indexes each, %d at once".formatted(workers));
    for (Contestant each : all) {
      table.row(
          each.name(),
          each.schemas(),
          turns.seconds(each),
          turns.cpu(each),
          each == psql || !installed ? "" : table.atLeast(turns.ratio(each, psql), TARGET, "psql"));
    }
  }
}
