package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Phrases that refusals, warnings and notices are made of. Stateless. */
final class Wording {

  private static final int LISTED = 10;

  private Wording() {}

  /** {@code tenant "acme"}, or {@code schema "public"}. */
  static String subject(SchemaRef schema) {
    return schema.tenant() == null
        ? "schema \"" + schema.schema() + "\""
        : "tenant \"" + schema.tenant() + "\"";
  }

  static String standing(@Nullable Version version) {
    return version == null ? "has no migration applied" : "is at version " + version;
  }

  /** The version that the last of these leads to. */
  static Version needed(List<Migration> pending) {
    return pending.get(pending.size() - 1).version();
  }

  /** {@code 6, 7}. */
  static String versions(List<Migration> pending) {
    return listed(pending, migration -> migration.version().toString());
  }

  /** {@code Pending migrations: 6 (add_sites), 7 (add_domains).} */
  static String pending(List<Migration> pending) {
    return "Pending migrations: " + listed(pending, Migration::toString) + ".";
  }

  static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** Whole seconds, tenths below ten. */
  static String seconds(Duration duration) {
    double seconds = duration.toMillis() / 1000.0;
    return seconds < 10 && duration.toMillis() % 1000 != 0
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : Math.round(seconds) + " s";
  }

  private static String listed(
      List<Migration> migrations, java.util.function.Function<Migration, String> text) {
    String first = migrations.stream().limit(LISTED).map(text).collect(Collectors.joining(", "));
    return migrations.size() <= LISTED
        ? first
        : first + " and " + (migrations.size() - LISTED) + " more";
  }
}
