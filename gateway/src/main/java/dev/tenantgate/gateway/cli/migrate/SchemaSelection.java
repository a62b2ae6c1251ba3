package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.survey.FleetScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which schemas a command is for. Confined to one command's run. */
final class SchemaSelection {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create();

  @Option(
      names = "--tenant",
      paramLabel = "T",
      arity = "1..*",
      description = "These tenants alone; may be given more than once.")
  private List<String> tenants = new ArrayList<>();

  @Option(
      names = "--scope",
      paramLabel = "public|tenant|both",
      description = "Which schemas. Default: both; tenant where --tenant is given.")
  private @Nullable MigrationScope scope;

  /** Refuses options that exclude each other. */
  void check() {
    if (!tenants.isEmpty() && scope == MigrationScope.PUBLIC) {
      throw new ParameterException(
          mixee.commandLine(), "--tenant and --scope public exclude each other");
    }
  }

  /** The schemas that were asked for. */
  FleetScope of(Work work) {
    if (!tenants.isEmpty()) {
      List<SchemaRef> schemas = new ArrayList<>();
      if (scope == MigrationScope.BOTH) {
        schemas.add(SchemaRef.PUBLIC);
      }
      tenants.forEach(tenant -> schemas.add(work.migrator().tenants().schemaOf(tenant)));
      return new FleetScope.Only(schemas);
    }
    return switch (scope == null ? MigrationScope.BOTH : scope) {
      case PUBLIC -> new FleetScope.Only(List.of(SchemaRef.PUBLIC));
      case TENANT -> new FleetScope.AllTenants();
      case BOTH -> new FleetScope.All();
    };
  }

  /** Whether tenants were named. */
  boolean namesTenants() {
    return !tenants.isEmpty();
  }

  /** Whether fewer than all schemas were asked for. */
  boolean isNarrowed() {
    return !tenants.isEmpty() || (scope != null && scope != MigrationScope.BOTH);
  }
}
