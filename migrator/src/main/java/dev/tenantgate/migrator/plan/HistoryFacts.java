package dev.tenantgate.migrator.plan;

import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.config.UnmanagedPolicy.Migrate;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers to the questions that goals ask of a history before they make a plan. Stateless. */
final class HistoryFacts {

  private HistoryFacts() {}

  /**
   * The plan where something is in the schema that no history tells of; null where the usual one
   * holds.
   *
   * @param pending what is to be applied behind what it counts as having
   */
  static @Nullable SchemaPlan beforeFirst(
      SchemaHistory history, Changelog changelog, List<Migration> pending) {
    Unmanaged unmanaged = history.unmanagedBy(changelog);
    boolean asksNothing = changelog.of(history.schema()).isEmpty();
    if (unmanaged == null || asksNothing || changelog.unmanaged() instanceof Migrate) {
      return null;
    }
    if (changelog.unmanaged() instanceof UnmanagedPolicy.Baseline policy
        && unmanaged.tool() == null) {
      Version upTo = new Version(policy.version());
      List<Step> steps = new ArrayList<>(upTo(upTo, changelog.of(history.schema())));
      pending.stream()
          .filter(migration -> migration.version().compareTo(upTo) > 0)
          .map(Step.Apply::new)
          .forEach(steps::add);
      return SchemaPlan.of(history.schema(), steps);
    }
    return SchemaPlan.leftAlone(unmanaged);
  }

  /** The plan of what reads a history, where something is there that none tells of; else null. */
  static @Nullable SchemaPlan withoutHistory(SchemaHistory history, Changelog changelog) {
    Unmanaged unmanaged = history.unmanagedBy(changelog);
    return unmanaged == null || changelog.of(history.schema()).isEmpty()
        ? null
        : SchemaPlan.leftAlone(unmanaged);
  }

  /** Records migrations up to a version. */
  static List<Step> upTo(Version version, List<Migration> migrations) {
    return migrations.stream()
        .filter(migration -> migration.version().compareTo(version) <= 0)
        .<Step>map(Step.Baseline::new)
        .toList();
  }

  /** Whether it is public, and nothing is ever done to that. */
  static boolean isLeftAlone(SchemaHistory history, Changelog changelog) {
    return history.schema().isPublic() && changelog.of(history.schema()).isEmpty();
  }

  static @Nullable String objection(SchemaHistory history) {
    Unmanaged unmanaged = history.unmanaged();
    if (unmanaged != null && unmanaged.tool() != null) {
      return unmanaged.toString();
    }
    return history.exists() ? history.unreadable() : "there is no schema " + history.schema();
  }

  static Map<Version, HistoryEntry> applied(SchemaHistory history) {
    return history.entries().stream()
        .filter(HistoryEntry::succeeded)
        .collect(
            Collectors.toMap(HistoryEntry::version, entry -> entry, (a, b) -> a, HashMap::new));
  }
}
