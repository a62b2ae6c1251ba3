package dev.tenantgate.migrator.subprocess;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.DriverProperties;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dumps a schema before it is touched, by {@code pg_dump}. A dump that isn't complete is called
 * {@code ….partial}, and doesn't outlive its failure. The password is passed in the environment,
 * which other users can't see. Thread-safe.
 */
public final class SchemaBackup {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaBackup.class);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** A dump's own locks conflict with little, and make nobody wait who doesn't already. */
  private static final String LOCK_WAIT = "--lock-wait-timeout=60s";

  private static final long LOOK_MILLIS = 100;
  private static final int SAID_CHARACTERS = 1_000;

  private final Supplier<DatabaseSettings> databaseInUse;
  private final BackupSettings settings;
  private final Clock clock;

  public SchemaBackup(
      Supplier<DatabaseSettings> databaseInUse, BackupSettings settings, Clock clock) {
    this.databaseInUse = databaseInUse;
    this.settings = settings;
    this.clock = clock;
  }

  /** Whether dumps are asked for. */
  public boolean isAskedFor() {
    return settings.directory() != null;
  }

  /**
   * Dumps a schema, if backups are asked for.
   *
   * @param history where it stands
   * @param control ends the dump when the run is cancelled
   * @return why there is no dump; null if there is one, or none is asked for
   */
  public @Nullable String take(SchemaRef schema, SchemaHistory history, RunControl control) {
    Path directory = settings.directory();
    if (directory == null) {
      return null;
    }
    Path target = directory.resolve(fileName(schema, history, clock.instant()));
    Path partial = directory.resolve(target.getFileName() + ".partial");
    Path said = directory.resolve(target.getFileName() + ".log");
    try {
      Files.createDirectories(directory);
      Files.createFile(partial, ownerOnly());
      String failure = dump(schema, partial, said, control);
      if (failure == null) {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        LOG.atInfo().addKeyValue("schema", schema).addKeyValue("file", target).log("dumped");
      }
      return failure == null ? null : "no backup could be made, nothing was changed: " + failure;
    } catch (IOException e) {
      return "no backup could be made in %s, nothing was changed: %s".formatted(directory, e);
    } finally {
      deleteIfThere(partial);
      deleteIfThere(said);
    }
  }

  /** {@code tenant_acme-v7-20250115T101500123Z.dump}. */
  private String fileName(SchemaRef schema, SchemaHistory history, Instant now) {
    String version =
        history.entries().stream()
            .filter(entry -> entry.succeeded() && !entry.version().isRepeatable())
            .map(HistoryEntry::version)
            .max(Comparator.naturalOrder())
            .map(Version::toString)
            .orElse("0");
    String plain = schema.schema().replaceAll("[^A-Za-z0-9_.-]", "_");
    // Two schemas whose names differ in nothing else mustn't meet.
    String name =
        plain.equals(schema.schema())
            ? plain
            : plain + "-" + Integer.toHexString(schema.schema().hashCode());
    return "%s-v%s-%s.%s".formatted(name, version, TIME.format(now), settings.format().extension());
  }

  private @Nullable String dump(SchemaRef schema, Path file, Path said, RunControl control)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(schema, file));
    builder.redirectErrorStream(true).redirectOutput(said.toFile());
    environment(builder.environment());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return "%s can't be started (migrations.backup-program): %s"
          .formatted(settings.program(), e.getMessage());
    }
    try {
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        if (control.isCancelled()) {
          return "cancelled";
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue() == 0
        ? null
        : "%s ended with %d: %s".formatted(settings.program(), process.exitValue(), lastOf(said));
  }

  private List<String> command(SchemaRef schema, Path file) {
    List<String> command = new ArrayList<>();
    command.add(settings.program());
    command.add("--format=" + settings.format().option());
    command.add("--file=" + file);
    // In quotes it is a name, and no pattern.
    command.add("--schema=" + SqlIdentifier.quote(schema.schema()));
    command.add("--no-password");
    command.add(LOCK_WAIT);
    return command;
  }

  /** How libpq connects; what else the environment has of it must not get in the way. */
  private void environment(Map<String, String> environment) {
    environment.keySet().removeIf(name -> name.startsWith("PG"));
    DatabaseSettings database = databaseInUse.get();
    environment.put("PGHOST", database.host());
    environment.put("PGPORT", Integer.toString(database.port()));
    environment.put("PGUSER", database.user());
    environment.put("PGDATABASE", database.database());
    environment.put("PGSSLMODE", database.sslMode());
    environment.put("PGAPPNAME", "tenantgate-backup");
    environment.put(
        "PGCONNECT_TIMEOUT", Long.toString(Math.max(2, database.connectTimeout().toSeconds())));
    String password = database.password();
    if (password != null) {
      environment.put("PGPASSWORD", password);
    }
    String ca = database.ca();
    if (ca != null) {
      environment.put("PGSSLROOTCERT", DriverProperties.caFile(ca).toString());
    }
  }

  private static String lastOf(Path said) throws IOException {
    String text = Files.readString(said, StandardCharsets.UTF_8).strip().replaceAll("\\s+", " ");
    return text.length() > SAID_CHARACTERS ? text.substring(0, SAID_CHARACTERS) + " …" : text;
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void deleteIfThere(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("file", file).log("what is left of a dump couldn't be deleted");
    }
  }
}
