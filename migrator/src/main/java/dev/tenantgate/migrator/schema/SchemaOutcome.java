package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the migration of one schema ended. */
public sealed interface SchemaOutcome {

  SchemaRef schema();

  /** Whether the schema has everything that was asked for. */
  default boolean succeeded() {
    return false;
  }

  /** Whether the schema's history may be another than before. */
  default boolean mayHaveChanged() {
    return true;
  }

  /** There was nothing to do, or another process has done it meanwhile. */
  record UpToDate(SchemaRef schema) implements SchemaOutcome {
    @Override
    public boolean succeeded() {
      return true;
    }

    @Override
    public boolean mayHaveChanged() {
      return false;
    }
  }

  /** All that was pending is applied. */
  record Migrated(SchemaRef schema, List<Version> applied, Duration elapsed)
      implements SchemaOutcome {
    public Migrated {
      applied = List.copyOf(applied);
    }

    @Override
    public boolean succeeded() {
      return true;
    }
  }

  /** Migrations were taken back; these aren't applied any more. */
  record RolledBack(SchemaRef schema, List<Version> versions, Duration elapsed)
      implements SchemaOutcome {
    public RolledBack {
      versions = List.copyOf(versions);
    }

    @Override
    public boolean succeeded() {
      return true;
    }
  }

  /** The history was changed, and nothing else: a baseline, a repair. */
  record Recorded(SchemaRef schema, Change change, List<Version> versions, Duration elapsed)
      implements SchemaOutcome {
    public Recorded {
      versions = List.copyOf(versions);
    }

    /** How it was changed. */
    public enum Change {
      /** Some rows of ours. */
      RECORDED,
      /** Another tool's became ours. */
      TAKEN_OVER,
      /** Ours is gone, another tool's is back. */
      GIVEN_BACK;

      /** In the words of JSON. */
      public String label() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    @Override
    public boolean succeeded() {
      return true;
    }
  }

  /**
   * A migration failed and was rolled back; those before it are applied.
   *
   * @param applied what was applied before it
   * @param migration the one that failed; null if the schema was refused before any ran (a changed
   *     checksum, another tool's table, missing rights)
   * @param sqlState SQLSTATE of the error; null if it was none of the server's
   * @param error the error, one line, naming the migration
   */
  record Failed(
      SchemaRef schema,
      List<Version> applied,
      @Nullable Migration migration,
      @Nullable String sqlState,
      String error,
      Duration elapsed)
      implements SchemaOutcome {
    public Failed {
      applied = List.copyOf(applied);
    }
  }

  /** Another process holds the lease and still had it when the wait for it ended. */
  record Busy(SchemaRef schema, String holder) implements SchemaOutcome {
    @Override
    public boolean mayHaveChanged() {
      return false;
    }
  }

  /**
   * The migration was put off, and nothing is done: transactions were under way on the schema that
   * didn't end in time, in several tries.
   *
   * @param inTheWay which ones, in words
   */
  record PutOff(SchemaRef schema, String inTheWay) implements SchemaOutcome {
    @Override
    public boolean mayHaveChanged() {
      return false;
    }
  }

  /**
   * The schema is left alone, since no history that is understood tells of what is in it.
   *
   * @param found what that is, and what to do
   */
  record Unmanaged(dev.tenantgate.migrator.history.Unmanaged found) implements SchemaOutcome {
    @Override
    public SchemaRef schema() {
      return found.schema();
    }

    @Override
    public boolean mayHaveChanged() {
      return false;
    }
  }

  /** There is no such schema. */
  record NoSuchSchema(SchemaRef schema) implements SchemaOutcome {
    @Override
    public boolean mayHaveChanged() {
      return false;
    }
  }

  /**
   * The database couldn't be reached or the connection broke; nothing is known about the schema.
   */
  record Unreachable(SchemaRef schema, String error) implements SchemaOutcome {}

  /**
   * The run was cancelled: by {@link dev.tenantgate.migrator.Migrator#cancel}, an interrupt, or the
   * migrator's closing. A migration that was running is rolled back.
   */
  record Cancelled(SchemaRef schema) implements SchemaOutcome {}
}
