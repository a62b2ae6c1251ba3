package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a new migration: the next number, or the time where the newest one is
 * numbered so, in the style of the newest one, with nothing to apply in it yet. Files that are
 * there are never written over; two written at once never have one number. Confined to one thread.
 */
public final class NewMigration {

  private static final Pattern NUMBERED = Pattern.compile("([0-9]{1,18})_.+\\.(?:sql|py)");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_]*");

  /** Times as numbers: to the second, to the minute, or days. */
  private static final List<DateTimeFormatter> TIMES =
      List.of(
          DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT),
          DateTimeFormatter.ofPattern("uuuuMMddHHmm", Locale.ROOT),
          DateTimeFormatter.ofPattern("uuuuMMdd", Locale.ROOT));

  /** So often the next number is tried where another file has it already. */
  private static final int TRIES = 100;

  private final Path location;
  private final MigrationScope scope;
  private final List<Path> existing = new ArrayList<>();

  private NewMigration(MigrationSettings settings, @Nullable MigrationScope scope)
      throws IOException {
    location = settings.locations().get(0);
    this.scope = scope == null ? MigrationScope.valueOf(settings.defaultScope().name()) : scope;
    for (Path folder : settings.locations()) {
      collect(folder);
      for (MigrationScope one : MigrationScope.values()) {
        collect(folder.resolve(one.label()));
      }
    }
    existing.sort(Comparator.comparingLong(NewMigration::numberOf));
  }

  /**
   * Writes a new migration into the first location.
   *
   * @param name what it does, such as {@code Add user avatar}
   * @param scope which schemas it is for; null for the default
   * @param style how it is written; null for the style of the newest one
   * @return the files, the one that applies it first
   * @throws IllegalArgumentException if the name can't be a migration's; the message says why
   * @throws IOException if a file can't be written, such as one that is there
   */
  public static List<Path> create(
      MigrationSettings settings,
      String name,
      @Nullable MigrationScope scope,
      @Nullable MigrationStyle style)
      throws IOException {
    String normal = name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s-]+", "_");
    if (!NAME.matcher(normal).matches()) {
      throw new IllegalArgumentException(
          "a migration's name has letters, digits and _, was \"%s\"".formatted(name));
    }
    MigrationStyle chosen = style;
    for (int tries = 1; tries <= TRIES; tries++) {
      NewMigration migration = new NewMigration(settings, scope);
      chosen = chosen == null ? migration.newestStyle() : chosen;
      List<Path> files = migration.write(normal, chosen);
      if (new NewMigration(settings, scope).hasAlone(files.get(0))) {
        return files;
      }
      // Somebody else took the same number at the same time; both let go, and try again.
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      letOthersGo(tries);
    }
    throw new IOException("others create migrations all the time; try again later");
  }

  /** Whether no other migration has a file's number. */
  private boolean hasAlone(Path file) {
    return existing.stream().filter(other -> numberOf(other) == numberOf(file)).count() == 1;
  }

  private static void letOthersGo(int tries) {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(1_000_000L * (tries + 4)));
  }

  private void collect(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> NUMBERED.matcher(nameOf(file)).matches()).forEach(existing::add);
      }
    }
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String digitsOf(Path file) {
    return nameOf(file).substring(0, nameOf(file).indexOf('_'));
  }

  private static long numberOf(Path file) {
    try {
      return Long.parseLong(digitsOf(file));
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  private @Nullable Path newest() {
    return existing.isEmpty() ? null : existing.get(existing.size() - 1);
  }

  private MigrationStyle newestStyle() throws IOException {
    Path newest = newest();
    if (newest == null) {
      return MigrationStyle.MARKERS;
    }
    if (nameOf(newest).endsWith(PythonFormat.EXTENSION)) {
      return MigrationStyle.PYTHON;
    }
    Path folder = Objects.requireNonNull(newest.toAbsolutePath().getParent());
    if (Files.isDirectory(folder.resolve(RollbackFiles.FOLDER))) {
      return MigrationStyle.ROLLBACKS_FOLDER;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> RollbackFiles.claims(nameOf(file)))
          ? MigrationStyle.ROLLBACK_FILE
          : MigrationStyle.MARKERS;
    }
  }

  private List<Path> write(String name, MigrationStyle style) throws IOException {
    Path newest = newest();
    String first = style == MigrationStyle.MARKERS ? "00000" : "000";
    String last = newest == null ? first : digitsOf(newest);
    long next = newest == null ? 1 : Math.addExact(numberOf(newest), 1);
    String number = ("%0" + last.length() + "d").formatted(Math.max(next, now(last)));
    String stem = number + "_" + name;
    Path scoped = location.resolve(scope.label());
    Path folder = Files.isDirectory(scoped) ? scoped : location;
    // In a folder of its own the scope needs no comment.
    boolean labelled = folder.equals(location);
    Template template = new Template(stem, number, labelled ? scope : null);
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    switch (style) {
      case MARKERS -> files.add(write(folder.resolve(stem + ".sql"), template.markers()));
      case ROLLBACK_FILE -> {
        files.add(write(folder.resolve(stem + ".sql"), template.plain(true)));
        files.add(write(folder.resolve("rollback-" + number + ".sql"), template.rollback()));
      }
      case ROLLBACKS_FOLDER -> {
        Path rollbacks = Files.createDirectories(folder.resolve(RollbackFiles.FOLDER));
        files.add(write(folder.resolve(stem + ".sql"), template.plain(false)));
        files.add(write(rollbacks.resolve(stem + ".sql"), template.rollback()));
      }
      case PYTHON -> files.add(write(folder.resolve(stem + ".py"), template.python()));
    }
    return files;
  }

  /** The time as a number, where the newest migration has one; else 0. */
  private static long now(String last) {
    for (DateTimeFormatter format : TIMES) {
      String now = format.format(ZonedDateTime.now(ZoneOffset.UTC));
      if (now.length() == last.length() && isTime(last, format)) {
        return Long.parseLong(now);
      }
    }
    return 0;
  }

  private static boolean isTime(String digits, DateTimeFormatter format) {
    try {
      int year = format.parse(digits).get(ChronoField.YEAR);
      return year >= 1990 && year <= 2200;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static Path write(Path file, String text) throws IOException {
    return Files.writeString(file, text, StandardOpenOption.CREATE_NEW);
  }

  /** The texts of new files. */
  private record Template(String stem, String number, @Nullable MigrationScope scope) {

    private String description() {
      String words = stem.substring(number.length() + 1).replace('_', ' ');
      return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    private String head(String comment) {
      String label = scope == null ? "" : comment + " MIGRATION_SCOPE: " + scope.label() + "\n";
      return "%1$s Migration: %2$s\n%1$s Description: %3$s\n%4$s"
          .formatted(comment, stem, description(), label);
    }

    String markers() {
      return head("--") + "\n-- UP MIGRATION\n\n-- DOWN MIGRATION\n";
    }

    String plain(boolean rollbackBeside) {
      return rollbackBeside
          ? head("--")
              + "-- Dependencies:\n-- Rollback:\n--   See rollback-%s.sql\n\nBEGIN;\n\nCOMMIT;\n"
                  .formatted(number)
          : head("--") + "\nBEGIN;\n\nCOMMIT;\n";
    }

    String rollback() {
      return "-- Rollback for: %s\n\nBEGIN;\n\nCOMMIT;\n".formatted(stem);
    }

    String python() {
      String label = scope == null ? "" : "# MIGRATION_SCOPE: " + scope.label() + "\n";
      return "\"\"\"\n%s\n\n%s# MIGRATION_VERSION: %s\n# MIGRATION_DESCRIPTION: %s\n\"\"\"\n"
              .formatted(description(), label, stem, description())
          + "\nUPGRADE_SQL = \"\"\"\n\"\"\"\n\nDOWNGRADE_SQL = \"\"\"\n\"\"\"\n"
          + "\n\ndef upgrade():\n    return UPGRADE_SQL\n\n\ndef downgrade():\n"
          + "    return DOWNGRADE_SQL\n";
    }
  }
}
