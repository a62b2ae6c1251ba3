package dev.tenantgate.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The dump of a schema before a migration touches it ({@code migrations.backup-*}).
 *
 * @param directory where dumps are put; null takes none. No default.
 * @param format how they are written. Default {@code custom}.
 * @param program what makes them: {@code pg_dump}, of the server's version or a newer one, on the
 *     {@code PATH} or by its whole path. Default {@code pg_dump}.
 */
public record BackupSettings(@Nullable Path directory, Format format, String program) {

  /** No backups. */
  public static final BackupSettings NONE = new BackupSettings(null, Format.CUSTOM, "pg_dump");

  public BackupSettings {
    SettingKeys.MIGRATIONS_BACKUP_FORMAT.require(format);
  }

  /** The formats of {@code pg_dump} that are one file. */
  public enum Format {
    /** Compressed, for {@code pg_restore}. */
    CUSTOM("dump"),
    /** SQL, for {@code psql}. */
    PLAIN("sql"),
    /** An archive, for {@code pg_restore}. */
    TAR("tar");

    private final String extension;

    Format(String extension) {
      this.extension = extension;
    }

    /** The extension of a dump's file, without the dot. */
    public String extension() {
      return extension;
    }

    /** As {@code pg_dump --format} has it. */
    public String option() {
      return ValueTypes.wordOf(this);
    }
  }
}
