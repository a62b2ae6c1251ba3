package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.SqlSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How one kind of migration file is read. Implementations are stateless and thread-safe. */
sealed interface MigrationFormat permits NativeFormat, PythonFormat {

  /**
   * The context of a file: its place and the settings.
   *
   * @param folderScope from the folder it is in; null if that says nothing
   * @param defaultScope for a file that nothing else gives a scope
   * @param rollbacks the files that take migrations of its folder back
   * @param sql how texts are understood
   * @param history what the history is called in every schema
   */
  record Context(
      @Nullable MigrationScope folderScope,
      MigrationScope defaultScope,
      RollbackFiles rollbacks,
      SqlSettings sql,
      String history) {

    /** The values for names in braces in a file of ours. */
    Placeholders placeholders(Path file) {
      return Placeholders.of(sql, false, file, history);
    }
  }

  /** Whether a file of this name is one of this format's, well-formed or not. */
  boolean claims(Path file);

  /**
   * Reads one file.
   *
   * @param problems takes everything that is wrong with it
   * @return the migration; empty if too little of it could be understood
   */
  Optional<Migration> read(SourceText text, Context context, List<ChangelogProblem> problems);
}
