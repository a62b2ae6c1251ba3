package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The migrations of a changelog that another tool's history has as applied. Nothing is guessed: an
 * entry that may be more than one, or none, is listed. Immutable.
 *
 * @param taken the schema's migrations that are applied, by rising version
 * @param unmatched what the history has and the changelog doesn't, in words
 */
public record HistoryMatch(List<Taken> taken, List<String> unmatched) {

  /**
   * A migration that is applied by the old history.
   *
   * @param entry what says so; null for one below the tool's only version, or its baseline
   */
  public record Taken(Migration migration, @Nullable AppliedMigration entry) {}

  public HistoryMatch {
    taken = List.copyOf(taken);
    unmatched = List.copyOf(unmatched);
  }

  /**
   * Holds a history against a changelog.
   *
   * @param leftOut entries, or groups of entries such as Django's apps, that have no migration in
   *     the changelog by the user's word
   */
  public static HistoryMatch of(
      ForeignHistory history, SchemaRef schema, Changelog changelog, Collection<String> leftOut) {
    Matching matching = new Matching(changelog);
    for (AppliedMigration entry : history.applied()) {
      String group = entry.group();
      boolean isLeftOut = group != null && leftOut.contains(group);
      if (!isLeftOut && !leftOut.contains(entry.toString())) {
        matching.match(entry);
      }
    }
    String upTo = history.upTo();
    if (upTo != null) {
      matching.upTo(upTo, !history.applied().isEmpty() || isBaseline(history));
    }
    Set<Version> own =
        changelog.of(schema).stream().map(Migration::version).collect(Collectors.toSet());
    return new HistoryMatch(
        matching.taken.values().stream()
            .filter(one -> own.contains(one.migration().version()))
            .toList(),
        matching.unmatched);
  }

  /** Everything up to a version, by the user's word. */
  public static HistoryMatch upTo(Version version, SchemaRef schema, Changelog changelog) {
    return new HistoryMatch(
        changelog.of(schema).stream()
            .filter(migration -> migration.version().compareTo(version) <= 0)
            .map(migration -> new Taken(migration, null))
            .toList(),
        List.of());
  }

  private static boolean isBaseline(ForeignHistory history) {
    return history.table().tool() == ForeignTool.FLYWAY
        || history.table().tool() == ForeignTool.ATLAS;
  }

  /** Entries against migrations, while they are compared. Confined to one thread. */
  private static final class Matching {

    private final Changelog changelog;
    private final Map<Version, Taken> taken = new TreeMap<>();
    private final List<String> unmatched = new ArrayList<>();

    Matching(Changelog changelog) {
      this.changelog = changelog;
    }

    void match(AppliedMigration entry) {
      if (entry.isRepeatable()) {
        matchRepeatable(entry);
        return;
      }
      EntryName name = EntryName.of(entry);
      List<Migration> byNumber = changelog.migrations().stream().filter(name::hasNumberOf).toList();
      List<Migration> byName =
          changelog.migrations().stream()
              .filter(migration -> !migration.isRepeatable() && name.hasNameOf(migration))
              .toList();
      List<Migration> both = byNumber.stream().filter(byName::contains).toList();
      List<Migration> found =
          both.isEmpty()
              ? (name.name() == null || byName.isEmpty() ? named(name, byNumber) : byName)
              : both;
      if (found.isEmpty()) {
        unmatched.add(
            byNumber.isEmpty()
                ? entry.toString()
                : "%s (%s is another)".formatted(entry, byNumber.get(0)));
      } else if (found.size() > 1) {
        unmatched.add("%s (may be %s)".formatted(entry, words(found)));
      } else {
        take(found.get(0), entry);
      }
    }

    /** One whose file has changed since is to be applied again, as its tool would. */
    private void matchRepeatable(AppliedMigration entry) {
      List<Migration> found =
          changelog.migrations().stream()
              .filter(Migration::isRepeatable)
              .filter(migration -> EntryName.of(entry).hasNameOf(migration))
              .toList();
      if (found.size() != 1) {
        unmatched.add("R " + entry);
      } else if (FlywayChecksum.of(found.get(0).source()).equals(entry.repeatable())) {
        take(found.get(0), entry);
      }
    }

    /** A match by number alone counts only where the entry's name is unknown. */
    private static List<Migration> named(EntryName name, List<Migration> byNumber) {
      return name.name() == null ? byNumber : List.of();
    }

    private void take(Migration migration, AppliedMigration entry) {
      Taken before = taken.putIfAbsent(migration.version(), new Taken(migration, entry));
      if (before != null) {
        unmatched.add("%s (%s is %s already)".formatted(entry, migration, before.entry()));
      }
    }

    /**
     * Takes all up to a version.
     *
     * @param loose whether there needn't be a migration of that very version
     */
    void upTo(String version, boolean loose) {
      EntryName name = EntryName.of(new AppliedMigration(version, null, null, null, null, null));
      List<Migration> last =
          changelog.migrations().stream()
              .filter(
                  migration ->
                      name.hasNumberOf(migration) || migration.name().equalsIgnoreCase(version))
              .toList();
      if (last.size() != 1 && !(loose && name.isNumber())) {
        unmatched.add("version " + version);
        return;
      }
      for (Migration migration : changelog.migrations()) {
        boolean below =
            last.size() == 1
                ? migration.version().compareTo(last.get(0).version()) <= 0
                : name.isNotBelow(migration);
        if (below) {
          taken.putIfAbsent(migration.version(), new Taken(migration, null));
        }
      }
    }

    private static String words(List<Migration> migrations) {
      return migrations.stream().map(Migration::toString).collect(Collectors.joining(" or "));
    }
  }
}
