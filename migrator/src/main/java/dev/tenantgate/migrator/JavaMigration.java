package dev.tenantgate.migrator;

import dev.tenantgate.migrator.changelog.MigrationScope;
import java.sql.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A migration written in Java, for changes that SQL can't express. Found by {@link
 * java.util.ServiceLoader}: name the class in {@code
 * META-INF/services/dev.tenantgate.migrator.JavaMigration} and put its jar on the class path.
 *
 * <p>It has its place among the files by its version, and runs as they do: in the schema's
 * transaction, under its lease, recorded in the same history, rolled back by a dry run. One
 * instance serves all schemas, several at once: implementations are stateless, or thread-safe.
 */
public interface JavaMigration {

  /** Its ordered number, from 1; among files and classes it is unique. */
  long version();

  /** Its name, as in a file's name behind the number: {@code assign_roles}. */
  String name();

  /** The schemas it is for. */
  default MigrationScope scope() {
    return MigrationScope.TENANT;
  }

  /** A sentence about it. */
  default String description() {
    return "";
  }

  /**
   * Stands for what {@link #up} does, as a file's checksum stands for its statements. Change it
   * when what is done changes: where the migration was applied before, that is told then.
   */
  default String revision() {
    return "1";
  }

  /** The versions that it builds on. */
  default SortedSet<Long> dependencies() {
    return new TreeSet<>();
  }

  /** The environments that it is for; empty for all. */
  default Set<String> environments() {
    return Set.of();
  }

  /** Whether it is safe while the application works in the schema. */
  default boolean online() {
    return false;
  }

  /** How long each statement waits for a lock; null for {@code migrations.lock-timeout}. */
  default @Nullable Duration lockTimeout() {
    return null;
  }

  /** How long each statement may run; null for {@code migrations.statement-timeout}. */
  default @Nullable Duration statementTimeout() {
    return null;
  }

  /**
   * Applies it to a schema.
   *
   * @param connection in the schema's transaction, with that schema alone in its search path. It
   *     can't commit, roll back, be closed, or be used once this method has returned
   * @param schema the schema
   * @throws Exception if it can't be applied; all of it is rolled back and recorded as failed. The
   *     server's error about a lock that isn't to be had leads to another try instead
   */
  void up(Connection connection, SchemaRef schema) throws Exception;

  /** One that can be taken back. */
  interface Reversible extends JavaMigration {

    /** Takes it back; as {@link #up}. */
    void down(Connection connection, SchemaRef schema) throws Exception;
  }
}
