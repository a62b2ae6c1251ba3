package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Plans an empty schema: by all migrations, or by a checkpoint and later ones. Pure. */
public final class NewSchema {

  private NewSchema() {}

  /** The plan of a new tenant's schema, with everything that there is for tenants. */
  public static SchemaPlan planOf(SchemaRef schema, Changelog changelog) {
    return planOf(schema, changelog, new Target.Latest(), changelog.of(schema));
  }

  /**
   * Whether a checkpoint is for a schema: it must be a tenant's, and as empty as a new one.
   *
   * @param target how far it is to be brought
   */
  public static boolean isFromCheckpoint(
      SchemaHistory history, Changelog changelog, Target target) {
    Checkpoint checkpoint = changelog.checkpoint();
    return checkpoint != null
        && !history.schema().isPublic()
        && history.exists()
        && history.blank()
        && history.unreadable() == null
        && history.entries().stream().noneMatch(HistoryEntry::succeeded)
        && target.includes(checkpoint.version());
  }

  static SchemaPlan planOf(
      SchemaHistory history, Changelog changelog, Target target, List<Migration> pending) {
    return isFromCheckpoint(history, changelog, target)
        ? planOf(history.schema(), changelog, target, pending)
        : SchemaPlan.of(history.schema(), pending.stream().map(Step.Apply::new).toList());
  }

  private static SchemaPlan planOf(
      SchemaRef schema, Changelog changelog, Target target, List<Migration> pending) {
    Checkpoint checkpoint = changelog.checkpoint();
    if (checkpoint instanceof Checkpoint.Unusable unusable) {
      return SchemaPlan.refused(schema, unusable.why());
    }
    if (checkpoint instanceof Checkpoint.Template template) {
      throw new IllegalStateException("the schema " + template.schema() + " wasn't read");
    }
    if (!(checkpoint instanceof Checkpoint.Ready ready)
        || schema.isPublic()
        || !ready.covered().stream().allMatch(covered -> target.includes(covered.version()))) {
      return SchemaPlan.of(schema, pending.stream().map(Step.Apply::new).toList());
    }
    Stream<Step> later =
        pending.stream().filter(migration -> !ready.covers(migration)).map(Step.Apply::new);
    List<Step> steps = new ArrayList<>();
    steps.add(Step.FromCheckpoint.of(ready));
    later.forEach(steps::add);
    return SchemaPlan.of(schema, steps);
  }
}
