package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.StatementProgress;
import org.jspecify.annotations.Nullable;

/** One thing to be done to a schema and to its history. */
public sealed interface Step {

  Version version();

  /** The migration's name. */
  String name();

  /** What it does, as the journal keeps it: {@code up}. */
  String action();

  /** What it runs; null if it changes the history alone. */
  default @Nullable MigrationPart part() {
    return null;
  }

  /** Whether it can share a transaction with others; else its statements are committed singly. */
  default boolean isTransactional() {
    MigrationPart part = part();
    return part == null || part.transactional();
  }

  /** The migration that it is about; null if that isn't in the changelog any more. */
  default @Nullable Migration about() {
    return null;
  }

  /** A step that a migration of the changelog is for. */
  sealed interface OfMigration extends Step {
    Migration migration();

    @Override
    default Version version() {
      return migration().version();
    }

    @Override
    default String name() {
      return migration().name();
    }

    @Override
    default Migration about() {
      return migration();
    }
  }

  /** Applies a migration. */
  record Apply(Migration migration) implements OfMigration {
    @Override
    public String action() {
      return "up";
    }

    @Override
    public MigrationPart part() {
      return migration.up();
    }
  }

  /**
   * Takes a migration back and forgets that it was applied.
   *
   * @param part its way down
   */
  record Revert(Migration migration, MigrationPart part) implements OfMigration {
    @Override
    public String action() {
      return "down";
    }
  }

  /** Records a migration as applied without applying it. */
  record Baseline(Migration migration) implements OfMigration {
    @Override
    public String action() {
      return "baseline";
    }
  }

  /**
   * Takes the record of a failure out of the history.
   *
   * @param done how far the migration had come, which is kept; null if nothing of it is done
   */
  record ClearFailure(Version version, String name, @Nullable StatementProgress done)
      implements Step {
    @Override
    public String action() {
      return "clear failure";
    }
  }

  /** Takes a migration out of the history, and nothing out of the schema. */
  record Forget(Version version, String name) implements Step {
    @Override
    public String action() {
      return "forget";
    }
  }

  /** Takes a migration's file as it is now for the one that was applied. */
  record AdoptChecksum(Migration migration) implements OfMigration {
    @Override
    public String action() {
      return "adopt checksum";
    }
  }
}
