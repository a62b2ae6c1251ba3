package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.survey.FleetScope;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The commands that apply everything pending to some of the schemas. */
final class ScopedUpCommand {

  private ScopedUpCommand() {}

  /** {@code tenantgate migrate public}. */
  @Command(
      name = "public",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate public",
      description = "Applies what is pending in the schema public.",
      mixinStandardHelpOptions = true)
  static final class OfPublic extends FleetCommand {
    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.RUNS;
    }

    @Override
    FleetScope scope(Work work) {
      return new FleetScope.Only(List.of(SchemaRef.PUBLIC));
    }
  }

  /** {@code tenantgate migrate tenants}. */
  @Command(
      name = "tenants",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate tenants --canary acme,globex --wave 10%% --stop-after 1%%",
      description = "Applies what is pending in all tenants' schemas.",
      mixinStandardHelpOptions = true)
  static final class OfTenants extends RolloutCommand {
    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.RUNS;
    }

    @Override
    FleetScope scope(Work work) {
      return new FleetScope.AllTenants();
    }
  }

  /** {@code tenantgate migrate tenant T}. */
  @Command(
      name = "tenant",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate tenant acme",
      description = "Applies what is pending in one tenant's schema.",
      mixinStandardHelpOptions = true)
  static final class OfTenant extends FleetCommand {

    @Parameters(paramLabel = "T", description = "The tenant.")
    private String tenant = "";

    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.RUNS;
    }

    @Override
    FleetScope scope(Work work) {
      return new FleetScope.Only(List.of(work.migrator().tenants().schemaOf(tenant)));
    }
  }

  /** {@code tenantgate migrate all}. */
  @Command(
      name = "all",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate all --dry-run",
      description = "Applies what is pending in public, then in all tenants' schemas.",
      mixinStandardHelpOptions = true)
  static final class OfAll extends RolloutCommand {
    @Override
    ForOtherTool forOtherTool() {
      return ForOtherTool.RUNS;
    }

    @Override
    FleetScope scope(Work work) {
      return new FleetScope.All();
    }
  }
}
