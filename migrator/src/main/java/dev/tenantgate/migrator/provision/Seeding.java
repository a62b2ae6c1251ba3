package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of giving a schema its seed data or grants. Immutable.
 *
 * @param schema the schema
 * @param applied the files that were applied now, in order
 * @param earlier the files that it was given before; they aren't applied again
 * @param changed those among them that have changed since
 * @param sql what would be run, of a rehearsal; else empty
 * @param error why nothing was changed; null if nothing went wrong
 */
public record Seeding(
    SchemaRef schema,
    List<String> applied,
    List<String> earlier,
    List<String> changed,
    String sql,
    @Nullable String error) {

  public Seeding {
    applied = List.copyOf(applied);
    earlier = List.copyOf(earlier);
    changed = List.copyOf(changed);
  }

  static Seeding failed(SchemaRef schema, String error) {
    return new Seeding(schema, List.of(), List.of(), List.of(), "", error);
  }

  /** Whether the schema has all of it now. */
  public boolean succeeded() {
    return error == null;
  }
}
