package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.provision.Seeding;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Seed data and grants for tenants that are there already. Confined to one run. */
abstract class TenantSeedCommand extends MigrationCommand {

  @Parameters(paramLabel = "NAME", arity = "0..*", description = "Which tenants.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--all", description = "Every tenant.")
  private boolean all;

  @Option(
      names = {"--dry-run", "-dry-run"},
      description = "Shows the SQL and tries it in a transaction that is rolled back.")
  private boolean dryRun;

  /** The JSON of one tenant; the SQL is that of a dry run. */
  @JsonPropertyOrder({"tenant", "schema", "applied", "earlier", "changed", "sql", "error"})
  record Given(
      @Nullable String tenant,
      String schema,
      List<String> applied,
      List<String> earlier,
      List<String> changed,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String sql,
      @Nullable String error) {
    static Given of(Seeding seeding) {
      return new Given(
          seeding.schema().tenant(),
          seeding.schema().schema(),
          seeding.applied(),
          seeding.earlier(),
          seeding.changed(),
          seeding.sql(),
          seeding.error());
    }
  }

  /** Refuses a call that could give nothing to anybody. */
  abstract void checkSettings(Work work);

  /**
   * Gives one tenant what it lacks.
   *
   * @param rehearsal whether that is undone in the end
   */
  abstract Seeding give(Work work, SchemaRef schema, boolean rehearsal);

  /** Says of a tenant what came of it, where that went well. */
  abstract String said(Seeding seeding);

  @Override
  final int run(Work work) throws SQLException {
    if (all == !names.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(), "either names of tenants are needed, or --all");
    }
    checkSettings(work);
    List<SchemaRef> schemas =
        all
            ? work.migrator().tenants().all()
            : names.stream().distinct().map(work.migrator().tenants()::schemaOf).toList();
    List<Seeding> outcomes = new ArrayList<>();
    for (SchemaRef schema : schemas) {
      Seeding seeding = give(work, schema, dryRun);
      outcomes.add(seeding);
      if (!json()) {
        say(seeding);
      }
    }
    if (json()) {
      out().println(JsonText.of(Map.of("tenants", outcomes.stream().map(Given::of).toList())));
    }
    out().flush();
    err().flush();
    return outcomes.stream().allMatch(Seeding::succeeded) ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void say(Seeding seeding) {
    String tenant = seeding.schema().tenant();
    if (!seeding.succeeded()) {
      err().println("tenantgate: tenant %s: %s".formatted(tenant, seeding.error()));
      return;
    }
    if (dryRun) {
      String verdict = seeding.sql().isEmpty() ? "nothing to do" : "would succeed";
      out().println("-- %s: %s%n%s".formatted(seeding.schema(), verdict, seeding.sql()));
    } else {
      out().println("tenant %s: %s".formatted(tenant, said(seeding)));
    }
    seeding
        .changed()
        .forEach(
            file ->
                out()
                    .println(
                        "  %s has changed since it was applied; it isn't applied again"
                            .formatted(file)));
  }

  /** {@code tenantgate tenant seed}. */
  @Command(
      name = "seed",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate tenant seed newcorp --value 'name=New Corp'",
      description = {
        "Applies the seed data (migrations.seed-data) that a tenant wasn't given yet.",
        "Each file is applied once to each tenant; all that are missing in one transaction."
      },
      mixinStandardHelpOptions = true)
  static final class Seed extends TenantSeedCommand {

    @Mixin private SeedValueOptions values = new SeedValueOptions();

    @Override
    void checkSettings(Work work) {
      if (work.settings().migrations().seedData().isEmpty()) {
        throw new ParameterException(
            spec().commandLine(),
            "migrations.seed-data: names no folder, so there is no seed data");
      }
    }

    @Override
    Seeding give(Work work, SchemaRef schema, boolean rehearsal) {
      return rehearsal
          ? work.migrator().tenants().rehearseSeed(work.changelog(), schema, values.given())
          : work.migrator().tenants().seed(work.changelog(), schema, values.given());
    }

    @Override
    String said(Seeding seeding) {
      return seeding.applied().isEmpty()
          ? "nothing to do, %s applied before"
              .formatted(Counted.of(seeding.earlier().size(), "file"))
          : "applied " + String.join(", ", seeding.applied());
    }
  }

  /** {@code tenantgate tenant grant}. */
  @Command(
      name = "grant",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate tenant grant newcorp",
      description = "Grants in a tenant's schema what tenants.grants says; again is no harm.",
      mixinStandardHelpOptions = true)
  static final class Grant extends TenantSeedCommand {

    @Override
    void checkSettings(Work work) {
      if (work.settings().tenants().grants().isEmpty()) {
        throw new ParameterException(
            spec().commandLine(), "tenants.grants: names no role, so there is nothing to grant");
      }
    }

    @Override
    Seeding give(Work work, SchemaRef schema, boolean rehearsal) {
      return rehearsal
          ? work.migrator().tenants().rehearseGrant(schema)
          : work.migrator().tenants().grant(schema);
    }

    @Override
    String said(Seeding seeding) {
      return "granted";
    }
  }
}
