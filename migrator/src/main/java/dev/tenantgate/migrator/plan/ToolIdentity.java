package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.ExternalTool.Requirement;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.ToolFormat;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.changelog.VersionText;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignTool;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The migrations that a tool's history has as applied, by the tool's own names. One history,
 * confined to its thread.
 */
final class ToolIdentity {

  private final ForeignHistory history;
  private final ExternalTool tool;
  private final TreeSet<String> versions = new TreeSet<>(VersionText.ORDER);
  private final Set<String> names = new HashSet<>();
  private final Set<String> tags = new HashSet<>();

  ToolIdentity(ForeignHistory history, ExternalTool tool) {
    this.history = history;
    this.tool = tool;
    history.applied().forEach(this::take);
    String upTo = history.upTo();
    if (upTo != null) {
      versions.add(upTo);
      names.add(upTo);
    }
    if (!tool.after().isEmpty()) {
      takeEarlier();
    }
  }

  /** Where a history keeps the last ones alone, those that they follow are applied as well. */
  private void takeEarlier() {
    Deque<String> left = new ArrayDeque<>(names);
    while (!left.isEmpty()) {
      for (String before : tool.after().getOrDefault(left.pop(), List.of())) {
        if (names.add(before)) {
          left.push(before);
        }
      }
    }
  }

  private void take(AppliedMigration applied) {
    if (applied.isRepeatable()) {
      return;
    }
    String version = applied.version();
    String name = applied.name();
    String group = applied.group();
    String tag = applied.tag();
    if (version != null) {
      String leading = VersionText.leading(version);
      boolean plain = VersionText.isNumeric(version) || leading == null || !isWritten();
      versions.add(plain ? version : String.valueOf(leading));
      takeName(version);
    }
    if (name != null) {
      takeName(name);
      String leading = VersionText.leading(name);
      if (version == null && leading != null && history.table().tool() != ForeignTool.DJANGO) {
        versions.add(leading);
      }
    }
    if (version != null && name != null) {
      names.add(version + "_" + name.replace(' ', '_'));
    }
    if (group != null && name != null) {
      takeGrouped(group, name);
    }
    if (tag != null) {
      tags.add(tag);
    }
  }

  /** Whether versions may be whole names, as scripts of one's own write them. */
  private boolean isWritten() {
    ForeignTool written = history.table().tool();
    return written == ForeignTool.VERSIONS || written == ForeignTool.NAMES;
  }

  private void takeName(String name) {
    names.add(name);
    int dot = name.lastIndexOf('.');
    if (dot > 0) {
      names.add(name.substring(0, dot));
    }
  }

  /** Django's {@code app.name}; Liquibase's {@code file::id::author}, {@code author:id}. */
  private void takeGrouped(String group, String name) {
    names.add(group + "." + name);
    names.add(group + ":" + name);
    names.add(group + "/" + name);
    int blank = group.lastIndexOf(' ');
    if (history.table().tool() == ForeignTool.LIQUIBASE && blank > 0) {
      String file = group.substring(0, blank);
      String author = group.substring(blank + 1);
      names.add(author + ":" + name);
      names.add(file + "::" + name + "::" + author);
    }
  }

  /** Whether a table is one of the tool whose files are at hand. */
  static boolean isOf(ToolFormat format, ForeignTool table) {
    return switch (format) {
      case RAILS, DBMATE -> table == ForeignTool.RAILS;
      case ECTO -> table == ForeignTool.ECTO;
      case FLYWAY -> table == ForeignTool.FLYWAY;
      case GOLANG_MIGRATE -> table == ForeignTool.GOLANG_MIGRATE;
      case GOOSE -> table == ForeignTool.GOOSE;
      case TERN -> table == ForeignTool.TERN;
      case ATLAS -> table == ForeignTool.ATLAS;
      case DJANGO -> table == ForeignTool.DJANGO;
      case PRISMA -> table == ForeignTool.PRISMA;
      case NODE_PG_MIGRATE -> table == ForeignTool.NODE_PG_MIGRATE;
      case KNEX -> table == ForeignTool.KNEX;
      case SEQUELIZE -> table == ForeignTool.SEQUELIZE;
      case TYPEORM -> table == ForeignTool.TYPEORM;
      case LARAVEL -> table == ForeignTool.LARAVEL;
      case ENTITY_FRAMEWORK -> table == ForeignTool.ENTITY_FRAMEWORK;
      case ALEMBIC -> table == ForeignTool.ALEMBIC;
      case LIQUIBASE -> table == ForeignTool.LIQUIBASE;
      case NUMBERED ->
          table == ForeignTool.NAMES
              || table == ForeignTool.VERSIONS
              || table == ForeignTool.NUMBERED
              || table == ForeignTool.RAILS;
    };
  }

  ForeignHistory history() {
    return history;
  }

  /** The tool's name, as exactly as it is known. */
  String label() {
    String label = tool.label();
    return label == null || tool.format() == ToolFormat.NUMBERED ? history.table().label() : label;
  }

  /** How many migrations are applied; a tool that keeps one version tells of that alone. */
  int count() {
    return history.applied().isEmpty() && history.upTo() != null ? 1 : history.applied().size();
  }

  /** The highest version applied; null where there is none, or names are kept. */
  @Nullable Version highest() {
    if (versions.isEmpty()) {
      return null;
    }
    String highest = versions.last();
    Version number = VersionText.number(highest);
    return number == null ? new Version(1, highest) : number;
  }

  /** Why a requirement can't be held against this history; null if it can. */
  @Nullable String objection(Requirement requirement) {
    ForeignTool of = history.table().tool();
    if (requirement instanceof Requirement.Tag && of != ForeignTool.LIQUIBASE) {
      return "%s keeps no tags, which gate.required-tag asks for; Liquibase does"
          .formatted(label());
    }
    boolean named = of == ForeignTool.DJANGO || of == ForeignTool.LIQUIBASE;
    return requirement instanceof Requirement.AtLeast && named
        ? "%s keeps no versions, which gate.required asks for; name migrations in gate.required-names"
            .formatted(label())
        : null;
  }

  /** Whether the history has what is asked for. */
  boolean has(Migration migration, Requirement requirement) {
    String wanted = migration.version().toString();
    if (requirement instanceof Requirement.Tag) {
      return tags.contains(wanted);
    }
    if (requirement instanceof Requirement.AtLeast) {
      return !versions.isEmpty() && VersionText.compare(versions.last(), wanted) >= 0;
    }
    ToolFormat format = tool.format();
    boolean byName =
        requirement instanceof Requirement.Names || format == null || format.keepsNames();
    return byName ? hasName(wanted) : hasVersion(wanted);
  }

  private boolean hasVersion(String wanted) {
    String upTo = history.upTo();
    return versions.contains(wanted) || (upTo != null && VersionText.compare(wanted, upTo) <= 0);
  }

  private boolean hasName(String wanted) {
    if (names.contains(wanted)) {
      return true;
    }
    List<String> replaced = tool.replaced().getOrDefault(wanted, List.of());
    if (!replaced.isEmpty()) {
      return replaced.stream().allMatch(this::hasName);
    }
    if (tool.format() == ToolFormat.LIQUIBASE) {
      return hasChangeSet(wanted);
    }
    if (VersionText.isNumeric(wanted)) {
      return hasVersion(wanted);
    }
    // 002_add_email.sql, where the history has 002 or 2 alone.
    String leading = VersionText.leading(wanted);
    return tool.format() == ToolFormat.NUMBERED
        && leading != null
        && names.stream().allMatch(VersionText::isNumeric)
        && hasVersion(leading);
  }

  /**
   * Whether a change set is there, whose file the history may know from another folder on: {@code
   * db/changelog/root.xml} is {@code root.xml}.
   */
  private boolean hasChangeSet(String wanted) {
    int set = wanted.indexOf("::");
    String behind = set < 0 ? "" : wanted.substring(set);
    String file = plainPath(wanted.substring(0, Math.max(0, set)));
    return !behind.isEmpty()
        && names.stream()
            .filter(
                name ->
                    name.endsWith(behind) && name.indexOf("::") == name.length() - behind.length())
            .map(name -> plainPath(name.substring(0, name.length() - behind.length())))
            .anyMatch(
                known ->
                    known.equals(file) || known.endsWith("/" + file) || file.endsWith("/" + known));
  }

  private static String plainPath(String path) {
    return path.replace('\\', '/').replaceFirst("^classpath\\*?:", "").replaceFirst("^/+", "");
  }

  /** Whether it has more than the files at hand. */
  boolean isAheadOf(List<Migration> wanted, Requirement requirement) {
    ToolFormat format = tool.format();
    boolean ordered =
        requirement instanceof Requirement.Files && format != null && !format.keepsNames();
    return ordered
        && !versions.isEmpty()
        && !wanted.isEmpty()
        && VersionText.compare(versions.last(), wanted.get(wanted.size() - 1).version().toString())
            > 0;
  }

  /** The finding, for a sentence about the schema. */
  String found(int wanted, int pending) {
    if (history.applied().isEmpty() && history.upTo() == null) {
      return "has no migration of %s applied".formatted(label());
    }
    ToolFormat format = tool.format();
    if (tool.requirement() instanceof Requirement.Files && format != null && format.keepsNames()) {
      return "has %d of %d migrations of %s".formatted(wanted - pending, wanted, label());
    }
    return versions.isEmpty()
        ? "has %d migrations of %s, the last is %s".formatted(count(), label(), history.latest())
        : "is at version %s of %s".formatted(versions.last(), label());
  }
}
