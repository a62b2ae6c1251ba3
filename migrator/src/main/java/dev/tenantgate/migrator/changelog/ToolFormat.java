package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationTool.FileFormat;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose migration files a folder holds: which names are migrations, and by what the tool's history
 * knows them. The first group of a name is its version, or its whole name where the history keeps
 * names.
 */
public enum ToolFormat {
  RAILS("Rails", FileFormat.RAILS, Kind.NUMBER, true, "([0-9]+)_[_a-z0-9]*(?:\\.[_a-z0-9]+)?\\.rb"),
  ECTO("Ecto", FileFormat.ECTO, Kind.NUMBER, true, "([0-9]+)_.*\\.exs?"),
  FLYWAY(
      "Flyway",
      FileFormat.FLYWAY,
      Kind.DOTTED,
      true,
      "V([0-9]+(?:[._][0-9]+)*)__.*\\.(?:sql|java|class|kt|groovy)"),
  GOLANG_MIGRATE(
      "golang-migrate", FileFormat.GOLANG_MIGRATE, Kind.NUMBER, false, "([0-9]+)_.*\\.up\\..+"),
  DBMATE("dbmate", FileFormat.DBMATE, Kind.NUMBER, false, "([0-9]+).*\\.sql"),
  GOOSE("goose", FileFormat.GOOSE, Kind.NUMBER, false, "([0-9]+)_.*(?<!_test)\\.(?:sql|go)"),
  TERN("tern", FileFormat.TERN, Kind.NUMBER, false, "([0-9]+)_.*\\.sql"),
  ATLAS("Atlas", FileFormat.ATLAS, Kind.TEXT, false, "([^_.][^_]*?)(?:_.*)?\\.sql"),
  DJANGO("Django", FileFormat.DJANGO, Kind.NAME, true, "([A-Za-z0-9][^.]*)\\.py"),
  PRISMA("Prisma", FileFormat.PRISMA, Kind.NAME, false, "(.+)"),
  NODE_PG_MIGRATE(
      "node-pg-migrate",
      FileFormat.NODE_PG_MIGRATE,
      Kind.NAME,
      false,
      "([0-9]+[_-].*?)(?<!\\.d)\\.(?:[cm]?[jt]s|sql)"),
  KNEX(
      "knex",
      FileFormat.KNEX,
      Kind.NAME,
      false,
      "((?!.*\\.d\\.[cm]?ts$)[^.].*\\.(?:[cm]?[jt]s|co|coffee|eg|iced|litcoffee|ls|sql))"),
  NUMBERED(
      "its own migrations", FileFormat.NUMBERED, Kind.NAME, false, "([0-9]+[_-].*)\\.(?:sql|py)");

  /** By what a history knows a migration. */
  private enum Kind {
    /** A whole number. */
    NUMBER,
    /** A number of several parts. */
    DOTTED,
    /** A version that is any text. */
    TEXT,
    /** Its name. */
    NAME
  }

  private final String label;
  private final FileFormat setting;
  private final Kind kind;
  private final boolean recursive;
  private final Pattern names;

  /**
   * Makes one.
   *
   * @param recursive whether the tool looks into subfolders
   */
  ToolFormat(String label, FileFormat setting, Kind kind, boolean recursive, String names) {
    this.label = label;
    this.setting = setting;
    this.kind = kind;
    this.recursive = recursive;
    this.names = Pattern.compile(names);
  }

  /** The tool's name, as people write it. */
  public String label() {
    return label;
  }

  /** Whether all its versions are whole numbers. */
  public boolean isNumbered() {
    return kind == Kind.NUMBER;
  }

  /** Whether its history keeps names, in no order of versions. */
  public boolean keepsNames() {
    return kind == Kind.NAME;
  }

  boolean isRecursive() {
    return recursive;
  }

  /** The version or name that a file stands for; null if it is none of the tool's migrations. */
  @Nullable String identity(String fileName) {
    Matcher matcher = names.matcher(fileName);
    if (!matcher.matches()) {
      return null;
    }
    String found = matcher.group(1);
    return switch (kind) {
      case NUMBER -> withoutZeros(found);
      case DOTTED -> found.replace('_', '.');
      case TEXT, NAME -> found;
    };
  }

  private static String withoutZeros(String digits) {
    String stripped = digits.replaceFirst("^0+", "");
    return stripped.isEmpty() ? "0" : stripped;
  }

  /** The one that a setting names; null for {@code auto}. */
  static @Nullable ToolFormat of(FileFormat setting) {
    return Arrays.stream(values())
        .filter(format -> format.setting == setting)
        .findFirst()
        .orElse(null);
  }

  /** As the settings have it: {@code golang-migrate}. */
  String setting() {
    return setting.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
