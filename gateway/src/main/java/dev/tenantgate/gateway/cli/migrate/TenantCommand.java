package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.provision.TenantCreation;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tenantgate tenant}: which tenants there are, and new ones. */
@Command(
    name = "tenant",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate tenant list",
    description = "Lists the tenants, creates one, or gives one its seed data or grants.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TenantCommand.ListAll.class,
      TenantCommand.Create.class,
      TenantSeedCommand.Seed.class,
      TenantSeedCommand.Grant.class
    })
public final class TenantCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "list, create, seed or grant is needed");
  }

  /** The JSON of one tenant. */
  @JsonPropertyOrder({"tenant", "schema"})
  record Tenant(@Nullable String tenant, String schema) {
    static Tenant of(SchemaRef schema) {
      return new Tenant(schema.tenant(), schema.schema());
    }
  }

  /** {@code tenantgate tenant list}. */
  @Command(
      name = "list",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate tenant list --output json",
      description = "Lists every tenant and its schema.",
      mixinStandardHelpOptions = true)
  static final class ListAll extends MigrationCommand {

    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.READS;
    }

    @Override
    Changelog changelog(Settings settings) {
      return new Changelog(List.of());
    }

    @Override
    int run(Work work) throws SQLException {
      List<SchemaRef> tenants = work.migrator().tenants().all();
      if (json()) {
        out().println(JsonText.of(Map.of("tenants", tenants.stream().map(Tenant::of).toList())));
      } else {
        tenants.forEach(tenant -> out().println(tenant.tenant() + "\t" + tenant.schema()));
      }
      out().flush();
      return tenants.isEmpty() ? none(work) : ExitCode.DONE;
    }

    private int none(Work work) throws SQLException {
      List<String> others = work.migrator().tenants().otherSchemas();
      err().println("tenantgate: " + Overlooked.none(work.settings().tenants().schema(), others));
      err().flush();
      return others.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  /** {@code tenantgate tenant create NAME}. */
  @Command(
      name = "create",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate tenant create newcorp --value 'name=New Corp'",
      description =
          "Creates a tenant's schema, applies all its migrations, grants (tenants.grants) and seed"
              + " data (migrations.seed-data), in one transaction.",
      mixinStandardHelpOptions = true)
  static final class Create extends MigrationCommand {

    @Parameters(paramLabel = "NAME", description = "The new tenant's name.")
    private String name = "";

    @Option(
        names = {"--dry-run", "-dry-run"},
        description = "Shows the SQL and tries it in a transaction that is rolled back.")
    private boolean dryRun;

    @Mixin private SeedValueOptions values = new SeedValueOptions();

    /** The JSON of a new tenant. */
    @JsonPropertyOrder({"tenant", "schema", "applied", "seed_data", "sql"})
    record Created(
        String tenant,
        String schema,
        List<String> applied,
        List<String> seedData,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String sql) {}

    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.RUNS;
    }

    @Override
    int run(Work work) {
      TenantCreation creation =
          dryRun
              ? work.migrator().tenants().rehearseCreation(work.changelog(), name, values.given())
              : work.migrator().tenants().create(work.changelog(), name, values.given());
      if (creation instanceof TenantCreation.Created created) {
        say(created, work.changelog().seedData().stream().map(SeedFile::name).toList());
        return ExitCode.DONE;
      } else if (creation instanceof TenantCreation.InvalidName invalid) {
        throw new ParameterException(
            spec().commandLine(),
            "%s can't be a tenant's name: %s".formatted(name, invalid.reason()));
      } else if (creation instanceof TenantCreation.AlreadyExists exists) {
        return refuse("tenant %s exists already (schema %s)".formatted(name, exists.schema()));
      } else if (creation instanceof TenantCreation.Incomplete incomplete) {
        return refuse("tenant %s wasn't created: %s".formatted(name, incomplete.reason()));
      } else if (creation instanceof TenantCreation.Failed failed) {
        return refuse("tenant %s wasn't created: %s".formatted(name, failed.error()));
      }
      TenantCreation.Unreachable unreachable = (TenantCreation.Unreachable) creation;
      return refuse("the database was lost: " + unreachable.error());
    }

    private void say(TenantCreation.Created created, List<String> seedData) {
      List<String> applied = created.applied().stream().map(Version::toString).toList();
      String schema = created.schema().schema();
      out()
          .println(
              json()
                  ? JsonText.of(new Created(name, schema, applied, seedData, created.sql()))
                  : "%s tenant %s (schema %s), %s applied%s"
                      .formatted(
                          dryRun ? "would create" : "created",
                          name,
                          schema,
                          Counted.of(applied.size(), "migration"),
                          seedData.isEmpty() ? "" : ", seed data: " + String.join(", ", seedData)));
      if (dryRun && !json()) {
        out().println(created.sql());
      }
      out().flush();
    }

    private int refuse(String message) {
      err().println("tenantgate: " + message);
      err().flush();
      return ExitCode.FAILED;
    }
  }
}
