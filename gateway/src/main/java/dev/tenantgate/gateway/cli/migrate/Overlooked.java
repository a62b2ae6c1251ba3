package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a command may find nothing to do although somebody expects it to: what nobody would notice
 * where it only said that all is up to date. Stateless.
 */
final class Overlooked {

  /** What the launcher puts behind its own class path. */
  private static final String CLASS_PATH = "TENANTGATE_CLASSPATH";

  /** So many names are told. */
  private static final int NAMED = 5;

  private Overlooked() {}

  /** What is wrong with the files. */
  static List<String> inFiles(MigrationSettings settings, ChangelogReading reading) {
    List<String> told = new ArrayList<>();
    List<Migration> elsewhere = reading.elsewhere();
    if (reading.migrations().isEmpty() && elsewhere.isEmpty()) {
      told.add(
          "no migration was found in %s (migrations.locations)"
              .formatted(
                  settings.locations().stream()
                      .map(Path::toString)
                      .collect(Collectors.joining(", "))));
    }
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
                  settings.environment() == null ? "not set" : settings.environment()));
    }
    return told;
  }

  /**
   * Why migrations for tenants run nowhere; null if there are none, or schemas for them.
   *
   * @param others the schemas that are nobody's
   */
  static @Nullable String noTenant(
      ChangelogReading reading,
      SchemaPattern pattern,
      List<SchemaRef> tenants,
      List<String> others) {
    long forTenants =
        reading.migrations().stream()
            .filter(migration -> migration.scope() != MigrationScope.PUBLIC)
            .count();
    if (!tenants.isEmpty() || forTenants == 0) {
      return null;
    }
    String there =
        others.isEmpty() ? "there is no schema but public" : "there are " + spoken(others);
    return "no schema matches %s (tenants.schema), so that %s for tenants %s nowhere; %s; %s"
        .formatted(
            pattern,
            Counted.of((int) forTenants, "migration"),
            forTenants == 1 ? "runs" : "run",
            there,
            "those for public say so: -- MIGRATION_SCOPE: public, or migrations.default-scope");
  }

  /** Names by what they begin with: {@code app_… (12), audit}. */
  private static String spoken(List<String> names) {
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

  /** What is on the class path for migrations, and can't be read. */
  static List<String> onClassPath() {
    return onClassPath(System.getenv(CLASS_PATH));
  }

  /** The same of any class path. */
  static List<String> onClassPath(@Nullable String classPath) {
    List<String> told = new ArrayList<>();
    if (classPath == null) {
      return told;
    }
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      boolean all = entry.endsWith("/*");
      Path path = Path.of(all ? entry.substring(0, entry.length() - 2) : entry);
      if (entry.isEmpty()) {
        continue;
      }
      if (!Files.exists(path)) {
        told.add("%s: there is no %s".formatted(CLASS_PATH, path));
      } else if (Files.isRegularFile(path)) {
        String objection = objection(path);
        if (objection != null) {
          told.add("%s: %s can't be read: %s".formatted(CLASS_PATH, path, objection));
        }
      }
    }
    return told;
  }

  private static @Nullable String objection(Path jar) {
    try (JarFile opened = new JarFile(jar.toFile())) {
      return opened.size() < 0 ? "it has no entries" : null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
