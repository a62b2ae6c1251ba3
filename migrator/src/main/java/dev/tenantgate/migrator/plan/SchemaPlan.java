package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Unmanaged;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The plan for one schema. Immutable.
 *
 * @param schema the schema
 * @param steps in the order to be taken
 * @param objection why nothing may be done to it; null if nothing speaks against it
 * @param unmanaged what makes that so, where it is that no history tells of what is in the schema
 */
public record SchemaPlan(
    SchemaRef schema, List<Step> steps, @Nullable String objection, @Nullable Unmanaged unmanaged) {

  public SchemaPlan {
    steps = List.copyOf(steps);
  }

  static SchemaPlan of(SchemaRef schema, List<? extends Step> steps) {
    return new SchemaPlan(schema, List.copyOf(steps), null, null);
  }

  static SchemaPlan refused(SchemaRef schema, String objection) {
    return new SchemaPlan(schema, List.of(), objection, null);
  }

  static SchemaPlan leftAlone(Unmanaged unmanaged) {
    return new SchemaPlan(unmanaged.schema(), List.of(), unmanaged.toString(), unmanaged);
  }

  /** Whether there is nothing to do, and nothing wrong. */
  public boolean isDone() {
    return steps.isEmpty() && objection == null;
  }
}
