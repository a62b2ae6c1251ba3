package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.HistoryMatch.Taken;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.StatementProgress;
import java.time.LocalDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing to be done to a schema and to its history. */
public sealed interface Step {

  Version version();

  /** The versions whose rows in the history it writes or takes out. */
  default List<Version> versions() {
    return List.of(version());
  }

  /** The migration's name. */
  String name();

  /** The action, as the journal keeps it: {@code up}. */
  String action();

  /** The statements or code that it runs; null if it changes the history alone. */
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

  /** The migrations whose state the schema has behind it; empty if it isn't about any. */
  default List<Migration> migrations() {
    Migration migration = about();
    return migration == null ? List.of() : List.of(migration);
  }

  /** The step as the subject of a sentence: {@code migration 3 (add_user_avatar)}. */
  default String subject() {
    Migration migration = about();
    return "migration %s".formatted(migration == null ? version() : migration);
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

  /**
   * Makes the state that migrations come to, in an empty schema, and records these as applied.
   *
   * @param checkpoint the state
   * @param last the migration whose state it is
   */
  record FromCheckpoint(Checkpoint.Ready checkpoint, Migration last) implements OfMigration {

    /** The checkpoint that new tenants are created from. */
    static FromCheckpoint of(Checkpoint.Ready checkpoint) {
      List<Migration> covered = checkpoint.covered();
      return new FromCheckpoint(checkpoint, covered.get(covered.size() - 1));
    }

    @Override
    public Migration migration() {
      return last;
    }

    @Override
    public List<Version> versions() {
      return checkpoint.covered().stream().map(Migration::version).toList();
    }

    @Override
    public List<Migration> migrations() {
      return checkpoint.covered();
    }

    @Override
    public String action() {
      return "checkpoint";
    }

    @Override
    public MigrationPart part() {
      return checkpoint.part();
    }

    @Override
    public String subject() {
      return "the checkpoint " + checkpoint.version();
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

  /**
   * Takes a history over from another tool, all of it.
   *
   * @param old the other tool's
   * @param taken what it has as applied; at least one
   * @param view whether the application finds a view by the old table's name
   */
  record Adopt(ForeignHistory old, List<Taken> taken, boolean view) implements Step {
    public Adopt {
      taken = List.copyOf(taken);
    }

    /** The entry of the old history for each migration, a line each. */
    public List<String> describe() {
      return taken.stream()
          .map(
              one -> {
                AppliedMigration entry = one.entry();
                String what =
                    entry != null
                        ? entry.toString()
                        : old.upTo() == null
                            ? "what was said of it"
                            : "version %s or before".formatted(old.upTo());
                LocalDateTime at = entry == null ? null : entry.appliedAt();
                return "%s is %s, applied %s"
                    .formatted(
                        what,
                        one.migration(),
                        at == null ? "at a time that isn't known: now is written" : at.toString());
              })
          .toList();
    }

    @Override
    public Version version() {
      return taken.get(taken.size() - 1).migration().version();
    }

    @Override
    public List<Version> versions() {
      return taken.stream().map(one -> one.migration().version()).toList();
    }

    @Override
    public String name() {
      return "the history of " + old.table().label();
    }

    @Override
    public String action() {
      return "adopt";
    }
  }

  /** Gives a history back to the tool that it was taken over from. */
  record GiveBack(Adoption adoption) implements Step {
    @Override
    public Version version() {
      List<Version> versions = adoption.versions();
      return versions.get(versions.size() - 1);
    }

    @Override
    public List<Version> versions() {
      return adoption.versions();
    }

    @Override
    public String name() {
      return "the history of " + adoption.tool();
    }

    @Override
    public String action() {
      return "undo adopt";
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
