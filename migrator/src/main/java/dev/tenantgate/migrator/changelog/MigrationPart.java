package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.SessionEffect;
import java.nio.file.Path;

/** One half of a migration: what applies it, or what takes it back. Immutable. */
public sealed interface MigrationPart permits SqlPart, JavaPart {

  /**
   * The text that it runs, for people to read: its statements, or a comment that names its class.
   */
  String sql();

  /** How it is to be run. */
  Directives directives();

  /**
   * Whether it could leave something behind in the session that it ran in: a setting, a role, a
   * temporary table, a prepared statement, a lock.
   */
  default boolean touchesSession() {
    return effect().compareTo(SessionEffect.SESSION) >= 0;
  }

  /** The effect on the session that it ran in. */
  SessionEffect effect();

  /** Whether it runs in one transaction; else each of its statements is committed by itself. */
  boolean transactional();

  /** Where it stands. */
  Path file();

  /** Where it stands, for a message: {@code 00007_add_index.sql}, and a line from 1 if known. */
  default String describe(int line) {
    return file().getFileName() + (line > 0 ? ":" + line : "");
  }
}
