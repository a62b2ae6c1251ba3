package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folders of Prisma: {@code 20240131120000_add_users/migration.sql}. They have no way down.
 * Confined to one reading.
 */
final class PrismaFiles {

  /** The file in each of its folders. */
  static final String FILE = "migration.sql";

  private static final String LOCK = "migration_lock.toml";

  private final ReaderTerms terms;

  PrismaFiles(ReaderTerms terms) {
    this.terms = terms;
  }

  /** Whether a folder is a migration of it. */
  static boolean isMigration(Path folder) {
    return Files.isRegularFile(folder.resolve(FILE));
  }

  /** Reads the files of its folders; answers those that are none. */
  List<ToolFile> read(List<ToolFile> files) {
    List<ToolFile> unread = new ArrayList<>();
    for (ToolFile file : files) {
      ToolFileName folder = file.name().equals(FILE) ? folder(file) : null;
      if (folder != null) {
        read(file, folder);
      } else if (!file.name().equals(LOCK)) {
        unread.add(file);
      }
    }
    return unread;
  }

  private static @Nullable ToolFileName folder(ToolFile file) {
    Path parent = file.path().getParent();
    return parent == null ? null : ToolFormat.PRISMA.parse(ToolFiles.nameOf(parent));
  }

  private void read(ToolFile file, ToolFileName folder) {
    if (folder.version().isEmpty()) {
      terms.error(
          file.path(),
          0,
          "its folder's name doesn't begin with a number, by which migrations are ordered here");
      return;
    }
    terms
        .text(file.path())
        .ifPresent(
            text -> {
              ToolMigration.warnOfMissingDown(file, "Prisma knows none", terms);
              ToolMigration migration =
                  new ToolMigration(
                      file,
                      text,
                      Placeholders.of(terms.sql(), false, file.path(), terms.history()),
                      terms);
              migration.add(
                  ToolMigration.version(file, folder.version(), terms),
                  folder.name(),
                  migration.whole(false),
                  null,
                  1,
                  text.lines() + 1);
            });
  }
}
