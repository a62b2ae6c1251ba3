package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.MigrationTool.FileFormat;
import dev.tenantgate.migrator.changelog.ToolFileName.Way;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tool's migration files: the names that are migrations, and the key by which the tool's history
 * knows them. Both readings of a tool's files, for its SQL and for what its history must have, go
 * by these names.
 */
public enum ToolFormat {
  RAILS(
      "Rails",
      FileFormat.RAILS,
      Kind.NUMBER,
      true,
      "(?<version>[0-9]+)_(?<name>[_a-z0-9]*)(?:\\.[_a-z0-9]+)?\\.(?<ext>rb)"),
  ECTO("Ecto", FileFormat.ECTO, Kind.NUMBER, true, "(?<version>[0-9]+)_(?<name>.*)\\.(?<ext>exs?)"),
  FLYWAY(
      "Flyway",
      FileFormat.FLYWAY,
      Kind.DOTTED,
      true,
      "(?<way>[VUB])(?<version>[0-9]+(?:[._][0-9]+)*)__(?<name>.*)"
          + "\\.(?<ext>sql|java|class|kt|groovy)",
      "(?<way>R)__(?<name>.+)\\.(?<ext>sql|java|class|kt|groovy)"),
  GOLANG_MIGRATE(
      "golang-migrate",
      FileFormat.GOLANG_MIGRATE,
      Kind.NUMBER,
      false,
      "(?<version>[0-9]+)_(?<name>.*)\\.(?<way>up|down)\\.(?<ext>.+)"),
  DBMATE(
      "dbmate",
      FileFormat.DBMATE,
      Kind.NUMBER,
      false,
      "(?<version>[0-9]+)_?(?<name>.*)\\.(?<ext>sql)"),
  GOOSE(
      "goose",
      FileFormat.GOOSE,
      Kind.NUMBER,
      false,
      "(?<version>[0-9]+)_(?<name>.*)(?<!_test)\\.(?<ext>sql|go)"),
  TERN("tern", FileFormat.TERN, Kind.NUMBER, false, "(?<version>[0-9]+)_(?<name>.*)\\.(?<ext>sql)"),
  ATLAS(
      "Atlas",
      FileFormat.ATLAS,
      Kind.TEXT,
      false,
      "(?<version>[^_.][^_]*?)(?:_(?<name>.*))?\\.(?<ext>sql)"),
  DJANGO("Django", FileFormat.DJANGO, Kind.NAME, true, "(?<name>[A-Za-z0-9][^.]*)\\.(?<ext>py)"),
  ALEMBIC("Alembic", FileFormat.ALEMBIC, Kind.NAME, true, "(?<name>[^.].*)\\.(?<ext>py)"),
  LIQUIBASE(
      "Liquibase",
      FileFormat.LIQUIBASE,
      Kind.NAME,
      true,
      "(?<name>[^.].*)\\.(?<ext>xml|ya?ml|json|sql)"),
  /** Its folders have these names, and a {@code migration.sql} each. */
  PRISMA("Prisma", FileFormat.PRISMA, Kind.NAME, false, "(?<version>[0-9]*)_?(?<name>.*)"),
  NODE_PG_MIGRATE(
      "node-pg-migrate",
      FileFormat.NODE_PG_MIGRATE,
      Kind.STEM,
      false,
      "(?<version>[0-9]+)[_-](?<name>.*?)(?<!\\.d)\\.(?<ext>[cm]?[jt]s|sql)"),
  TYPEORM(
      "TypeORM",
      FileFormat.TYPEORM,
      Kind.NUMBER,
      false,
      "(?<version>[0-9]+)-(?<name>.+?)(?<!\\.d)\\.(?<ext>[cm]?[jt]s)"),
  KNEX(
      "knex",
      FileFormat.KNEX,
      Kind.FILE,
      false,
      "(?!.*\\.d\\.[cm]?ts$)(?<name>[^.].*)"
          + "\\.(?<ext>[cm]?[jt]s|co|coffee|eg|iced|litcoffee|ls|sql)"),
  SEQUELIZE(
      "Sequelize",
      FileFormat.SEQUELIZE,
      Kind.FILE,
      false,
      "(?!.*\\.d\\.[cm]?ts$)(?<name>[^.].*)\\.(?<ext>[cm]?[jt]s|sql)"),
  LARAVEL(
      "Laravel",
      FileFormat.LARAVEL,
      Kind.STEM,
      false,
      "(?<version>[0-9]{4}_[0-9]{2}_[0-9]{2}_[0-9]{6})_(?<name>.+)\\.(?<ext>php)"),
  ENTITY_FRAMEWORK(
      "Entity Framework",
      FileFormat.ENTITY_FRAMEWORK,
      Kind.STEM,
      true,
      "(?<version>[0-9]{14})_(?<name>.+)(?<!\\.Designer)\\.(?<ext>cs)"),
  NUMBERED(
      "its own migrations",
      FileFormat.NUMBERED,
      Kind.STEM,
      false,
      "(?<version>[0-9]+)[_-](?<name>.*)\\.(?<ext>sql|py)");

  /** The kind of key by which a history knows a migration. */
  private enum Kind {
    /** A whole number. */
    NUMBER,
    /** A number of several parts. */
    DOTTED,
    /** A version that is any text. */
    TEXT,
    /** Its file's name without what follows the last dot. */
    STEM,
    /** Its file's whole name. */
    FILE,
    /** A name that more than the file's own is needed for. */
    NAME
  }

  private final String label;
  private final FileFormat setting;
  private final Kind kind;
  private final boolean recursive;

  @SuppressWarnings("ImmutableEnumChecker") // patterns are immutable, and so is this list
  private final List<Pattern> names;

  /**
   * Makes one.
   *
   * @param recursive whether the tool looks into subfolders
   * @param names patterns of its files' names, with groups for version, name, way and extension
   */
  ToolFormat(String label, FileFormat setting, Kind kind, boolean recursive, String... names) {
    this.label = label;
    this.setting = setting;
    this.kind = kind;
    this.recursive = recursive;
    this.names = Arrays.stream(names).map(Pattern::compile).toList();
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
    return kind == Kind.NAME || kind == Kind.STEM || kind == Kind.FILE;
  }

  /** Whether its migrations follow each other as their files say, and not by their names. */
  boolean isOrderedByItself() {
    return this == LIQUIBASE || this == ALEMBIC;
  }

  boolean isRecursive() {
    return recursive;
  }

  /** A file's name, taken apart; null if it is none of the tool's migrations. */
  @Nullable ToolFileName parse(String fileName) {
    for (Pattern pattern : names) {
      Matcher matcher = pattern.matcher(fileName);
      if (matcher.matches()) {
        String version = group(matcher, "version");
        String extension = group(matcher, "ext");
        return new ToolFileName(
            way(group(matcher, "way")),
            version,
            group(matcher, "name"),
            identity(fileName, version, extension),
            extension);
      }
    }
    return null;
  }

  private static Way way(String written) {
    return switch (written) {
      case "down", "U" -> Way.DOWN;
      case "B" -> Way.BASELINE;
      case "R" -> Way.REPEATABLE;
      default -> Way.UP;
    };
  }

  /** The text that a group has matched; empty if the pattern has no such group. */
  private static String group(Matcher matcher, String name) {
    if (!matcher.pattern().pattern().contains("(?<" + name + ">")) {
      return "";
    }
    String found = matcher.group(name);
    return found == null ? "" : found;
  }

  private String identity(String fileName, String version, String extension) {
    return switch (kind) {
      case NUMBER -> withoutZeros(version);
      case DOTTED -> version.replace('_', '.');
      case TEXT -> version;
      case STEM, NAME ->
          extension.isEmpty()
              ? fileName
              : fileName.substring(0, fileName.length() - extension.length() - 1);
      case FILE -> fileName;
    };
  }

  /** The version or name that a file applies; null if it is none of the tool's migrations. */
  @Nullable String identity(String fileName) {
    ToolFileName parsed = parse(fileName);
    return parsed == null || parsed.way() != Way.UP ? null : parsed.identity();
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
    return setting.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
