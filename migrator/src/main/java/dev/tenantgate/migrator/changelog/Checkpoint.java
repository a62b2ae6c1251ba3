package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;

/**
 * The state that new tenants' schemas are created from instead of running all migrations ({@code
 * migrations.checkpoint}). Immutable.
 */
public sealed interface Checkpoint {

  /** The version whose state it is. */
  Version version();

  /**
   * A state that can be made.
   *
   * @param covered the migrations that it stands for, which the history records as applied
   * @param part what makes it in an empty schema
   */
  record Ready(Version version, List<Migration> covered, SqlPart part) implements Checkpoint {
    public Ready {
      covered = List.copyOf(covered);
    }

    /** Whether it stands for a migration. */
    public boolean covers(Migration migration) {
      return covered.stream().anyMatch(each -> each.version().equals(migration.version()));
    }
  }

  /**
   * A schema that is copied, and hasn't been read yet.
   *
   * @param covered the migrations up to the version
   * @param schema its name
   * @param history what the history is called in every schema
   */
  record Template(Version version, List<Migration> covered, String schema, String history)
      implements Checkpoint {
    public Template {
      covered = List.copyOf(covered);
    }

    /** Its schema. */
    public SchemaRef ref() {
      return new SchemaRef(schema, schema);
    }

    /**
     * The same, read.
     *
     * @param has the migrations whose state it is
     * @param text the statements that make it, as pg_dump writes them
     */
    public Checkpoint read(List<Migration> has, String text) {
      return CheckpointReader.ofTemplate(this, has, text);
    }
  }

  /**
   * One that can't be used; no new tenant's schema is filled.
   *
   * @param why what is wrong, and what would be right
   */
  record Unusable(Version version, String why) implements Checkpoint {}
}
