package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a command may find nothing to do although somebody expects it to: what nobody would notice
 * where it only said that all is up to date. Stateless.
 */
final class Overlooked {

  /** So many names are told. */
  private static final int NAMED = 5;

  private Overlooked() {}

  /** The faults of the files. */
  static List<String> inFiles(MigrationSettings settings, ChangelogReading reading) {
    List<String> told = new ArrayList<>();
    if (reading.migrations().isEmpty() && reading.elsewhere().isEmpty()) {
      told.add(
          "no migration was found in %s (migrations.locations)"
              .formatted(
                  settings.locations().stream()
                      .map(Path::toString)
                      .collect(Collectors.joining(", "))));
    }
    return told;
  }

  /** The migrations that are left out since this is, or may be, another environment. */
  static List<String> elsewhere(MigrationSettings settings, ChangelogReading reading) {
    List<String> told = new ArrayList<>();
    List<Migration> elsewhere = reading.elsewhere();
    if (!elsewhere.isEmpty()
        && (settings.environment() == null || reading.migrations().isEmpty())) {
      TreeSet<String> environments = new TreeSet<>();
      elsewhere.forEach(each -> environments.addAll(each.up().directives().environments()));
      told.add(
          "%s left out, for other environments than this (%s); migrations.environment is %s"
              .formatted(
                  Counted.of(elsewhere.size(), "migration")
                      + (elsewhere.size() == 1 ? " is" : " are"),
                  String.join(", ", environments),
                  settings.environment() == null
                      ? "not set: set it to the name of this one"
                      : settings.environment()));
    }
    return told;
  }

  /** How many migrations are for tenants. */
  static int forTenants(ChangelogReading reading) {
    return (int)
        reading.migrations().stream()
            .filter(migration -> migration.scope() != MigrationScope.PUBLIC)
            .count();
  }

  /** How many of them are so by {@code migrations.default-scope} alone. */
  static int unscoped(MigrationSettings settings, ChangelogReading reading) {
    MigrationSettings otherwise =
        new MigrationSettings(
            settings.locations(),
            MigrationSettings.Scope.PUBLIC,
            settings.trigger(),
            settings.workers(),
            settings.lockTimeout(),
            settings.statementTimeout(),
            settings.leaseTimeout(),
            settings.environment());
    return forTenants(reading) - forTenants(ChangelogReader.read(otherwise));
  }

  /**
   * Why migrations for tenants run nowhere though somebody expects it; null if there is no reason
   * to. Where each says that it is for tenants, and no schema is anybody's, the first tenant is
   * still to come.
   *
   * @param unscoped how many of them have no scope but the default
   * @param others the schemas that are nobody's
   */
  static @Nullable String noTenant(
      SchemaPattern pattern, int forTenants, int unscoped, List<String> others) {
    if (forTenants == 0 || (unscoped == 0 && others.isEmpty())) {
      return null;
    }
    String nowhere =
        "%s; so %s for tenants %s nowhere"
            .formatted(
                none(pattern, others),
                Counted.of(forTenants, "migration"),
                forTenants == 1 ? "runs" : "run");
    return unscoped == 0
        ? nowhere
        : "%s; %s without a scope: if for public, say -- MIGRATION_SCOPE: public, or set"
                .formatted(nowhere, unscoped == forTenants ? "all are" : unscoped + " are")
            + " migrations.default-scope; `tenantgate tenant create NAME` makes a tenant";
  }

  /** That there is no tenant, and which schemas there are. */
  static String none(SchemaPattern pattern, List<String> others) {
    return "no schema matches %s (tenants.schema); there %s"
        .formatted(
            pattern,
            others.isEmpty()
                ? "is no schema but public"
                : (others.size() == 1 ? "is " : "are ") + describe(others));
  }

  /** Names by what they begin with: {@code app_… (12), audit}. */
  private static String describe(List<String> names) {
    Map<String, List<String>> byPrefix = new TreeMap<>();
    for (String name : names) {
      int end = name.indexOf('_', 1);
      byPrefix
          .computeIfAbsent(end < 0 ? name : name.substring(0, end + 1), p -> new ArrayList<>())
          .add(name);
    }
    String spoken =
        byPrefix.entrySet().stream()
            .limit(NAMED)
            .map(
                group ->
                    group.getValue().size() == 1
                        ? group.getValue().get(0)
                        : "%s… (%d)".formatted(group.getKey(), group.getValue().size()))
            .collect(Collectors.joining(", "));
    return byPrefix.size() > NAMED ? spoken + " …" : spoken;
  }
}
