package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.FleetScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code tenantgate migrate up}: applies what is pending, up to a version, where it is asked to.
 */
@Command(
    name = "up",
    description = {
      "Applies what is pending, to public first, then to the tenants.",
      "Ends with 4 if a migration of some tenant has failed; the others are done then."
    },
    mixinStandardHelpOptions = true)
final class UpCommand extends FleetCommand {

  @Option(
      names = "--to",
      paramLabel = "V",
      description = "Nothing above this version. Default: everything.")
  private @Nullable String to;

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

  @Override
  FleetScope scope(Work work) {
    if (!tenants.isEmpty()) {
      if (scope == MigrationScope.PUBLIC) {
        throw new ParameterException(
            spec().commandLine(), "--tenant and --scope public exclude each other");
      }
      List<SchemaRef> schemas = new ArrayList<>();
      if (scope == MigrationScope.BOTH) {
        schemas.add(SchemaRef.PUBLIC);
      }
      tenants.forEach(tenant -> schemas.add(work.migrator().schemaOf(tenant)));
      return new FleetScope.Only(schemas);
    }
    return switch (scope == null ? MigrationScope.BOTH : scope) {
      case PUBLIC -> new FleetScope.Only(List.of(SchemaRef.PUBLIC));
      case TENANT -> new FleetScope.AllTenants();
      case BOTH -> new FleetScope.All();
    };
  }

  @Override
  Target target(Work work) {
    if (to == null) {
      return new Target.Latest();
    }
    Version version;
    try {
      version = Version.parse(to);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), "--to: " + e.getMessage(), e);
    }
    if (work.changelog().find(version).isEmpty()) {
      throw new ParameterException(
          spec().commandLine(),
          "--to: there is no migration %s; the latest is %s"
              .formatted(version, work.changelog().latest().map(Version::toString).orElse("none")));
    }
    return new Target.UpTo(version);
  }
}
