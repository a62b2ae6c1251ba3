package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolFileName.Way;
import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files of golang-migrate: {@code 000001_create_users.up.sql}, and {@code …down.sql} beside it.
 * Confined to one reading.
 */
final class GolangMigrateFiles {

  private final ReaderTerms terms;
  private final Map<Version, ToolFile> downs = new HashMap<>();

  GolangMigrateFiles(ReaderTerms terms) {
    this.terms = terms;
  }

  /** Reads them; answers those that are none. */
  List<ToolFile> read(List<ToolFile> files) {
    List<ToolFile> unread = new ArrayList<>();
    Map<ToolFile, ToolFileName> ups = new LinkedHashMap<>();
    for (ToolFile file : files) {
      ToolFileName name = ToolFormat.GOLANG_MIGRATE.parse(file.name());
      if (name == null || !name.isSql()) {
        unread.add(file);
      } else if (name.way() == Way.UP) {
        ups.put(file, name);
      } else {
        takeDown(file, name.version());
      }
    }
    ups.forEach((file, name) -> read(file, name.version(), name.name()));
    downs
        .values()
        .forEach(file -> terms.error(file.path(), 0, "there is no .up.sql beside this .down.sql"));
    return unread;
  }

  private void takeDown(ToolFile file, String version) {
    Optional<Version> number = ToolMigration.version(file, version, terms);
    if (number.isPresent()) {
      ToolFile other = downs.putIfAbsent(number.get(), file);
      if (other != null) {
        terms.error(
            file.path(),
            0,
            "version %s is taken back by %s already".formatted(number.get(), other.path()));
      }
    }
  }

  private void read(ToolFile file, String digits, String name) {
    Optional<Version> version = ToolMigration.version(file, digits, terms);
    ToolFile down = version.map(downs::remove).orElse(null);
    Optional<SourceText> text = terms.text(file.path());
    if (text.isEmpty()) {
      return;
    }
    if (down == null) {
      ToolMigration.warnOfMissingDown(file, "no .down.sql beside it", terms);
    }
    ToolMigration migration = migration(file, text.get());
    migration.add(version, name, migration.whole(false), down(down), 1, text.get().lines() + 1);
  }

  private @Nullable SqlPart down(@Nullable ToolFile file) {
    return file == null
        ? null
        : terms.text(file.path()).map(text -> migration(file, text).whole(false)).orElse(null);
  }

  private ToolMigration migration(ToolFile file, SourceText text) {
    return new ToolMigration(
        file, text, Placeholders.of(terms.sql(), false, file.path(), terms.history()), terms);
  }
}
