package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.changelog.SeedValues;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The values that seed data may ask for. Confined to one command's run. */
final class SeedValueOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create();

  @Option(
      names = "--value",
      paramLabel = "NAME=VALUE",
      description =
          "A value that seed data asks for by $${NAME}; may be given more than once. The tenant's"
              + " own are there: $${name}, $${slug}, $${schema}.")
  private Map<String, String> values = new LinkedHashMap<>();

  SeedValues given() {
    Map<String, Optional<String>> given = new LinkedHashMap<>();
    values.forEach((name, value) -> given.put(name, Optional.of(value)));
    try {
      return new SeedValues(given);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(mixee.commandLine(), "--value: " + e.getMessage(), e);
    }
  }
}
