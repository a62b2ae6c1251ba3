package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.GateSettings;
import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.Settings;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;

/**
 * Everything an admission is decided by, swapped whole at a reload. Immutable.
 *
 * @param gate {@code gate.*}
 * @param unknown {@code tenants.unknown}
 * @param trigger {@code migrations.trigger}
 * @param database the gated database, for messages
 * @param changelog all migrations
 * @param required {@code gate.required}
 */
record GateRules(
    GateSettings gate,
    PassOrReject unknown,
    Trigger trigger,
    String database,
    Changelog changelog,
    Target required) {

  static GateRules of(Settings settings, Changelog changelog) {
    return new GateRules(
        settings.gate(),
        settings.tenants().unknown(),
        trigger(settings),
        settings.database().database() + " at " + settings.database().address(),
        changelog,
        target(settings));
  }

  /** The trigger of migrations: nothing does where another tool is run by others. */
  static Trigger trigger(Settings settings) {
    MigrationTool tool = settings.migrations().tool();
    return tool.isExternal() && tool.command().isEmpty()
        ? Trigger.MANUAL
        : settings.migrations().trigger();
  }

  /** How far schemas are to be; what another tool is to have done, the changelog says. */
  static Target target(Settings settings) {
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

  /**
   * How far a schema must be for a connection: as far as the connection says it needs, else as
   * configured, and never further than it allows. A release that needs less than is configured can
   * so run beside one that needs more, while an upgrade is rolled out.
   */
  Target targetFor(Requirement requirement) {
    Version min = requirement.min();
    if (min != null) {
      return new Target.UpTo(min);
    }
    Version max = requirement.max();
    if (max == null
        || (required instanceof Target.UpTo upTo && upTo.version().compareTo(max) <= 0)) {
      return required;
    }
    return new Target.UpTo(max);
  }

  /** Where the changelog ends, for messages. */
  String latest() {
    return changelog.latest().map(Version::toString).orElse("0");
  }

  boolean knows(Version version) {
    return changelog.latest().map(latest -> latest.compareTo(version) >= 0).orElse(false);
  }
}
