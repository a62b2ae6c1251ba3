package dev.tenantgate.migrator.testing;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A folder of migrations that a test writes.
 *
 * @param folder the folder, such as a {@code @TempDir}
 */
public record TestChangelog(Path folder) {

  /** Writes a file, or writes it anew: {@code tenant/00001_add_users.sql}. */
  public TestChangelog with(String file, String content) {
    return with(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The same with any bytes. */
  public TestChangelog with(String file, byte[] content) {
    try {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.write(path, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Settings that read the folder: four workers, short timeouts. */
  public MigrationSettings settings() {
    return new MigrationSettings(
        List.of(folder),
        MigrationSettings.Scope.TENANT,
        MigrationSettings.Trigger.ON_DEMAND,
        4,
        Duration.ofMillis(500),
        Duration.ZERO,
        Duration.ofSeconds(3));
  }

  /** The same for a server that is treated as CockroachDB is, whatever it says that it is. */
  public MigrationSettings steppedSettings() {
    return settings()
        .with(
            new ExecutionSettings(
                ExecutionSettings.Strategy.COCKROACHDB, 1, Duration.ofSeconds(1), Duration.ZERO));
  }

  /** Reads the folder. */
  public ChangelogReading reading() {
    return ChangelogReader.read(settings());
  }

  /** The changelog; the files must be free of errors. */
  public Changelog changelog() {
    try {
      return reading().changelog();
    } catch (InvalidChangelogException e) {
      throw new IllegalStateException(e.problems().toString(), e);
    }
  }
}
