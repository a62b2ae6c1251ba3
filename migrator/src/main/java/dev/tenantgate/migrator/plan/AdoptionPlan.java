package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.HistoryMatch;
import dev.tenantgate.migrator.history.AdoptedView;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The plan by which one schema's history is taken over. Where anything about it isn't clear the
 * plan is refused, and says why. Immutable.
 */
record AdoptionPlan(SchemaHistory history, Changelog changelog, Goal.Adopt goal) {

  /** So many entries without a migration are named. */
  private static final int NAMED = 8;

  /** A version of fewer digits is a number that others have as well; others are times. */
  private static final int DIGITS_OF_TIMES = 10;

  SchemaPlan plan() {
    SchemaRef schema = history.schema();
    if (!history.exists()) {
      return refused("there is no schema " + schema);
    }
    Unmanaged unmanaged = history.unmanagedBy(changelog);
    if (unmanaged == null) {
      String unreadable = history.unreadable();
      return unreadable == null ? SchemaPlan.of(schema, List.of()) : refused(unreadable);
    }
    List<ForeignHistory> found = telling(chosen(unmanaged.histories()));
    if (found.isEmpty()) {
      return goal.from() == null
          ? SchemaPlan.leftAlone(unmanaged)
          : refused(
              "schema %s has no history %s that is understood; it has %s"
                  .formatted(schema, goal.from(), unmanaged.found()));
    }
    if (found.size() > 1) {
      return refused(
          "schema %s has more than one history: %s; --from SCHEMA.TABLE says which one counts"
              .formatted(
                  schema,
                  found.stream().map(ForeignHistory::describe).collect(Collectors.joining("; "))));
    }
    ForeignTable table = found.get(0).table();
    boolean inTheWay =
        unmanaged.tool() != null
            && !(table.schema().equals(schema.schema())
                && table.name().equals(unmanaged.history().name()));
    return inTheWay
        ? refused(
            ("%s of schema %s belongs to %s, and ours is to have its name; give it another one, and"
                    + " try again")
                .formatted(unmanaged.history(), schema, unmanaged.tool()))
        : plan(found.get(0));
  }

  /** Of several, those that say nothing are in nobody's way. */
  private static List<ForeignHistory> telling(List<ForeignHistory> found) {
    List<ForeignHistory> telling =
        found.stream()
            .filter(history -> history.fault() != null || history.tellsOfMigrations())
            .toList();
    return telling.isEmpty() ? found : telling;
  }

  private List<ForeignHistory> chosen(List<ForeignHistory> histories) {
    String from = goal.from();
    return histories.stream()
        .filter(
            each ->
                from == null
                    || each.table().toString().equals(from)
                    || each.table().name().equals(from))
        .toList();
  }

  private SchemaPlan plan(ForeignHistory old) {
    SchemaRef schema = history.schema();
    String of = "the history %s of %s".formatted(old.table(), old.table().label());
    String fault = old.fault();
    if (fault != null) {
      return refused("%s can't be taken over: %s".formatted(of, fault));
    }
    Version as = goal.as();
    HistoryMatch match =
        as == null
            ? HistoryMatch.of(old, schema, changelog, goal.leftOut())
            : HistoryMatch.upTo(as, schema, changelog);
    if (!match.unmatched().isEmpty()) {
      int number = match.unmatched().size();
      return refused(
          ("%s has %d %s that no migration is known for: %s; add the files, or say --leave-out"
                  + " for each, or --as V: it has all migrations up to V")
              .formatted(of, number, number == 1 ? "entry" : "entries", named(match.unmatched())));
    }
    if (match.taken().isEmpty()) {
      return refused(
          "%s tells of no migration for the schema %s; %s"
              .formatted(of, schema, Unmanaged.baseline(schema)));
    }
    String unclear = goal.view() ? noView(old) : null;
    if (unclear == null) {
      unclear = unclear(old);
    }
    return unclear == null
        ? SchemaPlan.of(schema, List.of(new Step.Adopt(old, match.taken(), goal.view())))
        : refused(unclear);
  }

  /** Entries in a few words: of a group with many, such as an app of Django's, the group. */
  private static String named(List<String> entries) {
    Map<String, List<String>> byGroup = new LinkedHashMap<>();
    for (String entry : entries) {
      int end = entry.indexOf(": ");
      byGroup
          .computeIfAbsent(end < 0 ? entry : entry.substring(0, end), g -> new ArrayList<>())
          .add(entry);
    }
    List<String> words = new ArrayList<>();
    byGroup.forEach(
        (group, of) -> {
          if (of.size() > 2) {
            words.add("%s (%d entries)".formatted(group, of.size()));
          } else {
            words.addAll(of);
          }
        });
    return words.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (words.size() > NAMED ? " and %d more".formatted(words.size() - NAMED) : "");
  }

  private HistoryName ours() {
    Unmanaged unmanaged = history.unmanagedBy(changelog);
    return unmanaged == null ? HistoryName.STANDARD : unmanaged.history();
  }

  /** Why there can't be a view by the old table's name; null if there can. */
  private @Nullable String noView(ForeignHistory old) {
    ForeignTable table = old.table();
    if (old.place() != Place.OWN) {
      return "%s tells of more schemas than %s; --keep-view is for a schema's own table"
          .formatted(table, history.schema());
    }
    return table.name().equals(ours().name())
        ? ("%s is to be the name of a view, and ours has it; give ours another one, for every"
                + " process: migrations.history-table: tenantgate_migrations")
            .formatted(table)
        : AdoptedView.objection(old);
  }

  /** Why it isn't clear that a table for all schemas is about this one; null if it is. */
  private @Nullable String unclear(ForeignHistory old) {
    if (old.place() != Place.COMMON || goal.from() != null || goal.as() != null) {
      return null;
    }
    boolean telling =
        old.upTo() == null && old.applied().stream().allMatch(AdoptionPlan::isTelling);
    return telling
        ? null
        : ("the history %s of %s says nothing but numbers, which may not be about the schema %s;"
                + " --from %s says that they are")
            .formatted(old.table(), old.table().label(), history.schema(), old.table());
  }

  private static boolean isTelling(AppliedMigration entry) {
    String version = entry.version();
    return entry.name() != null
        || (version != null
            && (version.length() >= DIGITS_OF_TIMES
                || !version.chars().allMatch(Character::isDigit)));
  }

  private SchemaPlan refused(String why) {
    return SchemaPlan.refused(history.schema(), why);
  }
}
