package dev.tenantgate.migrator.plan;

import static dev.tenantgate.migrator.plan.HistoryFacts.applied;
import static dev.tenantgate.migrator.plan.HistoryFacts.beforeFirst;
import static dev.tenantgate.migrator.plan.HistoryFacts.isLeftAlone;
import static dev.tenantgate.migrator.plan.HistoryFacts.objection;
import static dev.tenantgate.migrator.plan.HistoryFacts.upTo;
import static dev.tenantgate.migrator.plan.HistoryFacts.withoutHistory;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Dependency;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryStatus;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.StatementProgress;
import dev.tenantgate.migrator.history.Unmanaged;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The state that schemas are brought to; makes a plan from a history. Pure. */
public sealed interface Goal {

  /** The plan for the schema whose history this is. */
  SchemaPlan plan(SchemaHistory history, Changelog changelog);

  /** Whether {@code public} has its turn before the tenants, which build on it. */
  default boolean beginsWithPublic() {
    return true;
  }

  /** Everything up to a target is applied. */
  record Up(Target target) implements Goal {
    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      SchemaStatus status = SchemaStatus.of(history, changelog, target);
      if (changelog.external() != null) {
        return external(status);
      }
      SchemaPlan first = beforeFirst(history, changelog, status.pending());
      if (first != null) {
        return first;
      }
      if (status.hasAllThatIsRequired()) {
        // Nobody is kept out for it, but a caller that asks for a migration is to know.
        String changed =
            status.error() == null ? null : SchemaStatus.changedMigration(history, changelog);
        return changed == null
            ? SchemaPlan.of(history.schema(), List.of())
            : SchemaPlan.refused(history.schema(), changed);
      }
      String objection = objection(history);
      if (objection == null) {
        objection = SchemaStatus.changedMigration(history, changelog);
      }
      return objection == null
          ? NewSchema.planOf(history, changelog, target, status.pending())
          : SchemaPlan.refused(history.schema(), objection);
    }
  }

  /** The plan for a schema that another tool migrates. */
  private static SchemaPlan external(SchemaStatus status) {
    if (status.hasAllThatIsRequired()) {
      return SchemaPlan.of(status.schema(), List.of());
    }
    String error = status.error();
    return status.state() == SchemaState.UNKNOWN
        ? SchemaPlan.refused(status.schema(), error == null ? "its history isn't known" : error)
        : SchemaPlan.of(status.schema(), status.pending().stream().map(Step.Apply::new).toList());
  }

  /** This one migration is applied, whatever else is pending; what it depends on must be. */
  record Only(Version version) implements Goal {
    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      SchemaRef schema = history.schema();
      Optional<Migration> found =
          changelog.of(schema).stream().filter(m -> m.version().equals(version)).findFirst();
      if (found.isEmpty()) {
        return SchemaPlan.refused(
            schema, "there is no migration %s for the schema %s".formatted(version, schema));
      }
      SchemaPlan first = beforeFirst(history, changelog, found.stream().toList());
      if (first != null) {
        return first;
      }
      Map<Version, HistoryEntry> applied = applied(history);
      String objection = objection(history);
      if (objection != null) {
        return SchemaPlan.refused(schema, objection);
      }
      if (applied.containsKey(version)) {
        return SchemaPlan.of(schema, List.of());
      }
      for (Dependency dependency : found.get().dependencies()) {
        boolean here =
            changelog.of(schema).stream().anyMatch(m -> m.version().equals(dependency.version()));
        if (here && !applied.containsKey(dependency.version())) {
          return SchemaPlan.refused(
              schema,
              "migration %s depends on %s, which isn't applied to %s"
                  .formatted(found.get(), dependency, schema));
        }
      }
      return SchemaPlan.of(schema, List.of(new Step.Apply(found.get())));
    }
  }

  /**
   * Nothing above a version is applied any more; newest first, all or, with a list of those that
   * have no way down, nothing.
   *
   * @param to the highest version that stays; null if none does
   */
  record Down(@Nullable Version to) implements Goal {

    /** Back by so many of the versions that are applied in any of these schemas. */
    public static Down by(int steps, Collection<SchemaHistory> histories) {
      TreeSet<Version> versions = new TreeSet<>(Comparator.reverseOrder());
      histories.forEach(history -> versions.addAll(applied(history).keySet()));
      versions.removeIf(Version::isRepeatable);
      return new Down(versions.stream().skip(steps).findFirst().orElse(null));
    }

    @Override
    public boolean beginsWithPublic() {
      return false;
    }

    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      if (isLeftAlone(history, changelog)) {
        return SchemaPlan.of(history.schema(), List.of());
      }
      SchemaPlan alone = withoutHistory(history, changelog);
      if (alone != null) {
        return alone;
      }
      String objection = objection(history);
      if (objection != null) {
        return SchemaPlan.refused(history.schema(), objection);
      }
      return wayDown(history, changelog);
    }

    private SchemaPlan wayDown(SchemaHistory history, Changelog changelog) {
      List<Step> steps = new ArrayList<>();
      List<String> stuck = new ArrayList<>();
      history.entries().stream()
          .filter(entry -> entry.succeeded() || entry.status() == HistoryStatus.REVERTING)
          .filter(entry -> !entry.version().isRepeatable())
          .filter(entry -> to == null || entry.version().compareTo(to) > 0)
          .sorted(Comparator.comparing(HistoryEntry::version).reversed())
          .forEach(
              entry -> {
                Migration migration = changelog.find(entry.version()).orElse(null);
                MigrationPart down = migration == null ? null : migration.down();
                if (migration == null) {
                  stuck.add(entry.version() + " (" + entry.name() + ", whose file is gone)");
                } else if (down == null) {
                  stuck.add(migration.toString());
                } else {
                  steps.add(new Step.Revert(migration, down));
                }
              });
      if (!steps.isEmpty()) {
        // They may build on what goes, and go with it: the way up makes them anew.
        history.entries().stream()
            .filter(entry -> entry.version().isRepeatable())
            .forEach(entry -> steps.add(new Step.Forget(entry.version(), entry.name())));
      }
      return stuck.isEmpty()
          ? SchemaPlan.of(history.schema(), steps)
          : SchemaPlan.refused(
              history.schema(), "there is no way down for " + String.join(", ", stuck));
    }
  }

  /**
   * A schema counts as having everything up to a version.
   *
   * @param overHistory whether also one that has a history already, which keeps what it has
   */
  record Baseline(Version version, boolean overHistory) implements Goal {

    /** Of schemas that have no history. */
    public Baseline(Version version) {
      this(version, false);
    }

    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      if (isLeftAlone(history, changelog)) {
        return SchemaPlan.of(history.schema(), List.of());
      }
      String objection = objection(history);
      if (objection != null) {
        return SchemaPlan.refused(history.schema(), objection);
      }
      List<Step> steps = upTo(version, changelog.of(history.schema()));
      Map<Version, HistoryEntry> applied = applied(history);
      List<Step> missing =
          steps.stream().filter(step -> !applied.containsKey(step.version())).toList();
      if (missing.isEmpty() || applied.isEmpty() || overHistory) {
        return SchemaPlan.of(history.schema(), missing);
      }
      return SchemaPlan.refused(
          history.schema(),
          ("the schema %s has a history already (%d migrations), and lacks %d of those up to %s;"
                  + " --over-history records these as well")
              .formatted(history.schema(), applied.size(), missing.size(), version));
    }
  }

  /** This one migration counts as applied, or as not applied; nothing is run. */
  record Mark(Version version, boolean asApplied) implements Goal {
    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      SchemaRef schema = history.schema();
      String objection = objection(history);
      if (objection != null) {
        return SchemaPlan.refused(schema, objection);
      }
      HistoryEntry entry =
          history.entries().stream()
              .filter(each -> each.version().equals(version))
              .findFirst()
              .orElse(null);
      if (!asApplied && entry != null) {
        return SchemaPlan.of(schema, List.of(new Step.Forget(version, entry.name())));
      }
      if (!asApplied) {
        SchemaPlan alone = withoutHistory(history, changelog);
        return alone == null ? SchemaPlan.of(schema, List.of()) : alone;
      }
      Unmanaged found = history.unmanagedBy(changelog);
      if (found != null) {
        // With this one alone on record, those before it would be run.
        return SchemaPlan.leftAlone(found);
      }
      if (entry != null && entry.succeeded()) {
        return SchemaPlan.of(schema, List.of());
      }
      return changelog.of(schema).stream()
          .filter(migration -> migration.version().equals(version))
          .findFirst()
          .map(migration -> SchemaPlan.of(schema, List.of(new Step.Baseline(migration))))
          .orElseGet(
              () ->
                  SchemaPlan.refused(
                      schema, "there is no migration %s for %s".formatted(version, schema)));
    }
  }

  /**
   * The migrations that another tool's history has are in ours, and that one has another name.
   *
   * @param from the table to go by where there are several, or one for all schemas that says
   *     nothing but numbers; null where it is clear
   * @param leftOut entries of it, or groups of them, that have no migration here
   * @param as what it counts as having, everything up to this, whatever its entries are called;
   *     null where those are matched
   * @param view whether the application finds a view by the old table's name
   */
  record Adopt(@Nullable String from, List<String> leftOut, @Nullable Version as, boolean view)
      implements Goal {
    public Adopt {
      leftOut = List.copyOf(leftOut);
    }

    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      return isLeftAlone(history, changelog)
          ? SchemaPlan.of(history.schema(), List.of())
          : new AdoptionPlan(history, changelog, this).plan();
    }
  }

  /**
   * A history that was taken over is its tool's again.
   *
   * @param adoptions those that were taken over, by schema
   * @param force whether also where migrations were run or taken back since
   */
  record UndoAdopt(Map<String, Adoption> adoptions, boolean force) implements Goal {
    public UndoAdopt {
      adoptions = Map.copyOf(adoptions);
    }

    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      SchemaRef schema = history.schema();
      Adoption adoption = adoptions.get(schema.schema());
      if (adoption == null || !history.table() || history.unreadable() != null) {
        return SchemaPlan.of(schema, List.of());
      }
      List<Version> now = history.entries().stream().map(HistoryEntry::version).toList();
      List<String> since = new ArrayList<>();
      now.stream()
          .filter(version -> !adoption.versions().contains(version))
          .forEach(version -> since.add(version + " is on record since"));
      adoption.versions().stream()
          .filter(version -> !now.contains(version))
          .forEach(version -> since.add(version + " isn't any more"));
      if (!since.isEmpty() && !force) {
        return SchemaPlan.refused(
            schema,
            ("the history of %s was taken over from %s, which doesn't know what was done since: %s;"
                    + " --force gives it back all the same")
                .formatted(schema, adoption.tool(), String.join(", ", since)));
      }
      return SchemaPlan.of(schema, List.of(new Step.GiveBack(adoption)));
    }
  }

  /**
   * No failure is on record any more.
   *
   * @param adopt whether files that were changed after they were applied are taken for those that
   *     were applied
   */
  record Repair(boolean adopt) implements Goal {
    @Override
    public SchemaPlan plan(SchemaHistory history, Changelog changelog) {
      if (isLeftAlone(history, changelog)) {
        return SchemaPlan.of(history.schema(), List.of());
      }
      SchemaPlan alone = withoutHistory(history, changelog);
      if (alone != null) {
        return alone;
      }
      String objection = objection(history);
      if (objection != null) {
        return SchemaPlan.refused(history.schema(), objection);
      }
      List<Step> steps = new ArrayList<>();
      for (HistoryEntry entry : history.entries()) {
        if (entry.status() == HistoryStatus.FAILED) {
          StatementProgress done = StatementProgress.read(entry.failure()).orElse(null);
          steps.add(new Step.ClearFailure(entry.version(), entry.name(), done));
        } else if (adopt && entry.succeeded()) {
          changelog
              .find(entry.version())
              .filter(migration -> !migration.checksum().equals(entry.checksum()))
              .ifPresent(migration -> steps.add(new Step.AdoptChecksum(migration)));
        }
      }
      return SchemaPlan.of(history.schema(), steps);
    }
  }
}
