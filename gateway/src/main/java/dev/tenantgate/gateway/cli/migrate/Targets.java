package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** How far schemas are to be, as settings and options say it. Stateless. */
final class Targets {

  private Targets() {}

  static Target of(Settings settings) {
    RequiredVersion required = settings.gate().required();
    if (settings.migrations().tool().isExternal()) {
      return new Target.Latest();
    }
    if (required instanceof RequiredVersion.Dotted dotted) {
      return new Target.UpTo(Version.ofParts(dotted.version()));
    }
    return required instanceof RequiredVersion.UpTo upTo
        ? new Target.UpTo(new Version(upTo.version()))
        : new Target.Latest();
  }

  /** A version as an option has it; one that there is a migration of. */
  static Version known(CommandSpec command, String option, String text, Changelog changelog) {
    Version version = parse(command, option, text);
    if (changelog.find(version).isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          "%s: there is no migration %s; the latest is %s"
              .formatted(
                  option, version, changelog.latest().map(Version::toString).orElse("none")));
    }
    return version;
  }

  /** The version to go back to, as an option or variable has it; null for 0, before the first. */
  static @Nullable Version knownOrNone(
      CommandSpec command, String option, String text, Changelog changelog) {
    boolean zero = !text.isEmpty() && text.chars().allMatch(c -> c == '0');
    return zero ? null : known(command, option, text, changelog);
  }

  /** A version as an option has it. */
  static Version parse(CommandSpec command, String option, String text) {
    try {
      return Version.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), option + ": " + e.getMessage(), e);
    }
  }

  /** The required version as a number; {@code latest} where there is no migration at all. */
  static String required(Work work) {
    RequiredVersion required = work.settings().gate().required();
    ExternalTool external = work.changelog().external();
    if (external != null) {
      return external.requirement().toString();
    }
    return required instanceof RequiredVersion.Latest
        ? work.changelog().latest().map(Version::toString).orElse(required.toString())
        : required.toString();
  }
}
