package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells by their names, and where those don't, by their contents, whose migrations files are. */
final class ToolDetection {

  private static final Pattern GOOSE = marker("--\\s*\\+goose\\s+up");
  private static final Pattern DBMATE = marker("--\\s*migrate:up");
  private static final Pattern TERN = marker("----\\s*(create above / drop below\\s*----|tern:)");
  private static final Pattern NODE_PG_MIGRATE = marker("--[\\s-]*up\\s+migration");
  private static final Pattern PGM = Pattern.compile("\\bpgm\\b|node-pg-migrate");
  private static final Pattern KNEX = Pattern.compile("\\bknex\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern SEQUELIZE =
      Pattern.compile("queryInterface|\\bsequelize\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern TYPEORM =
      Pattern.compile("\\b(?:typeorm|MigrationInterface|QueryRunner)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern DJANGO = Pattern.compile("migrations\\.Migration\\b");

  private ToolDetection() {}

  private static Pattern marker(String line) {
    return Pattern.compile("^\\s*" + line, Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
  }

  /** For each tool whose files are there, the first of them. */
  static Map<ToolFormat, Path> formats(ToolFiles files) {
    Map<ToolFormat, Path> found = new EnumMap<>(ToolFormat.class);
    boolean atlas =
        files.direct().stream().anyMatch(file -> ToolFiles.nameOf(file).equals("atlas.sum"));
    for (Path file : files.files()) {
      ToolFormat format = format(file, files.location());
      if (format != null) {
        found.putIfAbsent(atlas && isSql(file) ? ToolFormat.ATLAS : format, file);
      }
    }
    // Scripts that only begin with a number are nobody's for sure.
    if (found.size() > 1) {
      found.remove(ToolFormat.NUMBERED);
    }
    return found;
  }

  private static @Nullable ToolFormat format(Path file, Path location) {
    String name = ToolFiles.nameOf(file);
    Path folder = file.getParent();
    if (name.equals("migration.sql")) {
      boolean direct = folder != null && location.equals(folder.getParent());
      return direct ? ToolFormat.PRISMA : null;
    }
    if (name.endsWith(".py")) {
      return python(file, name);
    }
    if (LiquibaseChangelog.isChangelog(file)) {
      return ToolFormat.LIQUIBASE;
    }
    for (ToolFormat format :
        new ToolFormat[] {
          ToolFormat.RAILS,
          ToolFormat.ECTO,
          ToolFormat.FLYWAY,
          ToolFormat.GOLANG_MIGRATE,
          ToolFormat.LARAVEL,
          ToolFormat.ENTITY_FRAMEWORK
        }) {
      if (format.identity(name) != null) {
        return format;
      }
    }
    if (!location.equals(folder) || VersionText.leading(name) == null) {
      return null;
    }
    if (isSql(file)) {
      return name.endsWith(".down.sql") ? null : sql(outsideOfQuotes(file));
    }
    return name.matches(".*(?<!\\.d)\\.[cm]?[jt]s") ? script(name, ToolFiles.head(file)) : null;
  }

  private static boolean isSql(Path file) {
    return ToolFiles.nameOf(file).toLowerCase(Locale.ROOT).endsWith(".sql");
  }

  private static @Nullable ToolFormat python(Path file, String name) {
    if (ToolFormat.DJANGO.identity(name) == null) {
      return null;
    }
    if (DJANGO.matcher(ToolFiles.head(file)).find()) {
      return ToolFormat.DJANGO;
    }
    if (AlembicFolder.isRevision(ToolFiles.head(file))) {
      return ToolFormat.ALEMBIC;
    }
    return ToolFormat.NUMBERED.identity(name) == null ? null : ToolFormat.NUMBERED;
  }

  /** How a file begins, without lines that begin in a string or a comment of several lines. */
  private static String outsideOfQuotes(Path file) {
    SourceText head = new SourceText(file, ToolFiles.head(file));
    if (!head.text().contains("--")) {
      return "";
    }
    BitSet within = head.linesWithin();
    StringBuilder outside = new StringBuilder();
    for (int line = 1; line <= head.lines(); line++) {
      if (!within.get(line)) {
        outside.append(head.line(line)).append('\n');
      }
    }
    return outside.toString();
  }

  private static ToolFormat sql(String head) {
    if (GOOSE.matcher(head).find()) {
      return ToolFormat.GOOSE;
    }
    if (DBMATE.matcher(head).find()) {
      return ToolFormat.DBMATE;
    }
    if (TERN.matcher(head).find()) {
      return ToolFormat.TERN;
    }
    return NODE_PG_MIGRATE.matcher(head).find() ? ToolFormat.NODE_PG_MIGRATE : ToolFormat.NUMBERED;
  }

  private static @Nullable ToolFormat script(String name, String head) {
    if (PGM.matcher(head).find()) {
      return ToolFormat.NODE_PG_MIGRATE;
    }
    if (KNEX.matcher(head).find()) {
      return ToolFormat.KNEX;
    }
    if (SEQUELIZE.matcher(head).find()) {
      return ToolFormat.SEQUELIZE;
    }
    if (TYPEORM.matcher(head).find()) {
      return ToolFormat.TYPEORM;
    }
    // knex and Sequelize name files by the second, TypeORM and node-pg-migrate by the millisecond.
    String digits = String.valueOf(VersionText.leading(name));
    boolean hyphen = name.startsWith("-", digits.length());
    return switch (digits.length()) {
      case 14 -> hyphen ? ToolFormat.SEQUELIZE : ToolFormat.KNEX;
      case 13 -> hyphen ? ToolFormat.TYPEORM : ToolFormat.NODE_PG_MIGRATE;
      case 17 -> ToolFormat.NODE_PG_MIGRATE;
      default -> null;
    };
  }
}
