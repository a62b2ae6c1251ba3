package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;

/** How far schemas are to be, as settings and options say it. Stateless. */
final class Targets {

  private Targets() {}

  static Target of(RequiredVersion required) {
    return required instanceof RequiredVersion.UpTo upTo
        ? new Target.UpTo(new Version(upTo.version()))
        : new Target.Latest();
  }

  /** The required version as a number; {@code latest} where there is no migration at all. */
  static String required(Work work) {
    RequiredVersion required = work.settings().gate().required();
    return required instanceof RequiredVersion.Latest
        ? work.changelog().latest().map(Version::toString).orElse(required.toString())
        : required.toString();
  }
}
