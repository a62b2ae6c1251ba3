package dev.tenantgate.gateway.benchmark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two parts of the table where sides are compared: a small migration, and nothing to do. Each
 * side has schemas of its own in the same database. Confined to one thread.
 */
final class MigrationPart {

  private final Ground ground;
  private final BenchmarkTable table;
  private final BenchmarkSizes sizes;
  private final TenantSchemas forFlyway;
  private final Path flywayMigrations;
  private int round;

  MigrationPart(Ground ground, BenchmarkTable table, BenchmarkSizes sizes) {
    this.ground = ground;
    this.table = table;
    this.sizes = sizes;
    this.forFlyway = new TenantSchemas(ground.server(), "flyway_");
    this.flywayMigrations = ground.folder().resolve("flyway");
  }

  /** A small migration on many tenants. */
  void smallMigration() throws Exception {
    TenantSchemas forPsql = new TenantSchemas(ground.server(), "bare_");
    ground.growTo(sizes.migrated());
    forPsql.growTo(sizes.migrated(), name -> "");
    forFlyway.growTo(sizes.flyway(), name -> "");
    Contestant tenantgate = tenantgate(sizes.migrated());
    Contestant flyway = flyway();
    Contestant psql =
        PsqlContestant.isInstalled()
            ? new PsqlContestant(
                ground.server(), forPsql.names(), ground.folder(), ground.workers())
            : null;
    List<Contestant> contestants = new ArrayList<>(List.of(tenantgate, flyway));
    if (psql != null) {
      contestants.add(1, psql);
    }
    Rounds rounds = new Rounds(ground.server(), contestants);
    for (int i = 0; i <= sizes.rounds(); i++) {
      round++;
      for (Contestant contestant : contestants) {
        contestant.prepare(new SmallMigration(round));
      }
      rounds.run(1, i > 0);
    }
    showMigration(rounds, tenantgate, psql, flyway);
  }

  private void showMigration(
      Rounds rounds, Contestant tenantgate, @Nullable Contestant psql, Contestant flyway) {
    table.part("A small migration: a column added, an index created");
    table.row(
        tenantgate.name(),
        tenantgate.schemas(),
        rounds.seconds(tenantgate),
        rounds.cpu(tenantgate),
        "");
    if (psql == null) {
      table.without("psql, bare SQL", "there is no psql here");
    } else {
      table.row(
          psql.name(),
          psql.schemas(),
          rounds.seconds(psql),
          rounds.cpu(psql),
          "tenantgate does " + table.atLeast(rounds.ratio(tenantgate, psql), 0.85, "it"));
    }
    table.row(
        flyway.name(),
        flyway.schemas(),
        rounds.seconds(flyway),
        rounds.cpu(flyway),
        "tenantgate does " + table.atLeast(rounds.ratio(tenantgate, flyway), 15, "it"));
  }

  /** Nothing to do on more tenants. */
  void nothingToDo() throws Exception {
    ground.growTo(sizes.upToDate());
    Contestant tenantgate = tenantgate(sizes.upToDate());
    Contestant flyway = flyway();
    Rounds rounds = new Rounds(ground.server(), List.of(tenantgate, flyway));
    for (int i = 0; i <= sizes.rounds(); i++) {
      rounds.run(0, i > 0);
    }
    table.part("Nothing to do");
    table.row(
        tenantgate.name(),
        tenantgate.schemas(),
        rounds.seconds(tenantgate),
        rounds.cpu(tenantgate),
        "");
    table.row(
        flyway.name(),
        flyway.schemas(),
        rounds.seconds(flyway),
        rounds.cpu(flyway),
        "tenantgate does " + table.atLeast(rounds.ratio(tenantgate, flyway), 100, "it"));
    table.row(
        "  the same, extrapolated",
        sizes.upToDate(),
        sizes.upToDate() / rounds.rate(flyway),
        "",
        "");
  }

  /** Writes one more migration, for a command to apply. */
  void nextMigration() throws Exception {
    round++;
    new SmallMigration(round).writeTenantgate(ground.migrations());
  }

  private Contestant tenantgate(int schemas) throws Exception {
    return new TenantgateContestant(ground.settings(), ground.migrations(), schemas);
  }

  private Contestant flyway() {
    return new FlywayContestant(
        ground.server(), forFlyway.names(), flywayMigrations, ground.workers());
  }
}
