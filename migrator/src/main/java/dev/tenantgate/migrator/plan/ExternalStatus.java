package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.ExternalTool.Requirement;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.ToolFormat;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import dev.tenantgate.migrator.history.ExternalHistories;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Another tool's history of a schema, held against what it must have. A schema without a history
 * lacks everything: the tool has yet to come. One comparison, confined to its thread.
 */
final class ExternalStatus {

  private static final int LISTED = 3;

  private final SchemaRef schema;
  private final ExternalTool tool;
  private final List<Migration> wanted;
  private final ExternalHistory external;
  private final Requirement requirement;
  private final @Nullable Version asked;

  private ExternalStatus(
      SchemaHistory history, ExternalTool tool, Changelog changelog, Target target) {
    this.schema = history.schema();
    this.tool = tool;
    ExternalHistory found = history.external();
    this.external = found == null ? new ExternalHistory(List.of(), false, null) : found;
    Version version = target instanceof Target.UpTo upTo ? upTo.version() : null;
    boolean least = version != null && tool.requirement() instanceof Requirement.AtLeast;
    this.asked = version;
    this.requirement =
        version != null && least ? new Requirement.AtLeast(version.toString()) : tool.requirement();
    this.wanted =
        version != null && least
            ? List.of(at(changelog.of(schema).get(0), version))
            : changelog.of(schema).stream().filter(m -> target.includes(m.version())).toList();
  }

  private static Migration at(Migration migration, Version version) {
    return new Migration(
        version,
        migration.name(),
        migration.scope(),
        migration.description(),
        migration.up(),
        null,
        migration.checksum(),
        migration.source());
  }

  /** Compares; only of a schema that exists, and of which something is required. */
  static SchemaStatus of(
      SchemaHistory history, ExternalTool tool, Changelog changelog, Target target) {
    return new ExternalStatus(history, tool, changelog, target).compare();
  }

  /** The highest version of the only history, if that is a number; else null. */
  static @Nullable Version highestNumber(ExternalHistory external) {
    if (external.histories().size() != 1) {
      return null;
    }
    ExternalTool any =
        new ExternalTool(new Requirement.Names(List.of()), null, null, false, Map.of(), Map.of());
    Version highest = new ToolIdentity(external.histories().get(0), any).highest();
    return highest == null || highest.notation() != null ? null : highest;
  }

  private SchemaStatus compare() {
    List<ForeignHistory> counting = ExternalHistories.counting(external, tool);
    ToolFormat format = tool.format();
    List<ForeignHistory> matching =
        format == null
            ? counting
            : counting.stream()
                .filter(history -> ToolIdentity.isOf(format, history.table().tool()))
                .toList();
    if (matching.size() > 1) {
      return unknown(
          "more than one history is found: %s; name the one that counts in migrations.history-table"
              .formatted(described(matching)));
    }
    if (matching.isEmpty()) {
      return without();
    }
    return compare(new ToolIdentity(matching.get(0), tool));
  }

  private SchemaStatus compare(ToolIdentity applied) {
    List<Migration> pending =
        wanted.stream().filter(migration -> !applied.has(migration, requirement)).toList();
    String objection = applied.objection(requirement);
    if (objection != null) {
      return status(SchemaState.UNKNOWN, applied, pending, pending, objection);
    }
    String fault = applied.history().fault();
    if (fault != null) {
      return faulty(applied, pending, fault);
    }
    if (pending.isEmpty()) {
      boolean ahead = asked == null && applied.isAheadOf(wanted, requirement);
      SchemaState state = ahead ? SchemaState.AHEAD : SchemaState.CURRENT;
      return status(state, applied, pending, pending, null);
    }
    String failure = failure();
    SchemaState state = failure == null ? SchemaState.BEHIND : SchemaState.FAILED;
    return status(state, applied, pending, pending, failure);
  }

  /** Of a history that can't be relied on: its tool is at work, or has left it so. */
  private SchemaStatus faulty(ToolIdentity applied, List<Migration> missing, String fault) {
    ForeignHistory history = applied.history();
    String label = applied.label();
    List<Migration> pending = missing.isEmpty() ? wanted : missing;
    if (external.atWork() && !history.isUnreadable()) {
      return status(
          SchemaState.BEHIND,
          applied,
          missing,
          pending,
          "%s may be at work (%s): %s".formatted(label, history.table(), fault));
    }
    if (history.isLocked()) {
      return status(
          SchemaState.BEHIND,
          applied,
          missing,
          wanted,
          "the history of %s, %s, is locked: it is probably at work"
              .formatted(label, history.table()));
    }
    return status(
        history.isUnreadable() ? SchemaState.UNKNOWN : SchemaState.FAILED,
        applied,
        missing,
        pending,
        "the history of %s (%s): %s".formatted(label, history.table(), fault));
  }

  /**
   * The status of a schema with a history.
   *
   * @param missing the migrations that aren't in the history
   * @param pending those that count as pending
   */
  private SchemaStatus status(
      SchemaState state,
      ToolIdentity applied,
      List<Migration> missing,
      List<Migration> pending,
      @Nullable String error) {
    return status(
        state,
        applied.highest(),
        applied.count(),
        pending,
        error,
        standing(applied.label(), missing, applied));
  }

  /** How the command has failed to bring what is required now; null if it hasn't. */
  private @Nullable String failure() {
    ExternalHistory.Failure failure = external.failure();
    return failure == null || !failure.required().equals(tool.requirement().toString())
        ? null
        : failure.error();
  }

  /** The tool hasn't been there; another one may have. */
  private SchemaStatus without() {
    String label = tool.label();
    String named = label == null ? "the other tool" : label;
    String failure = failure();
    List<ForeignHistory> others = external.histories();
    String error = failure;
    if (failure == null && !others.isEmpty()) {
      boolean common = others.stream().allMatch(history -> history.place() == Place.COMMON);
      error =
          "there is no history of %s; found: %s%s"
              .formatted(
                  named,
                  described(others),
                  common
                      ? "; if that is for all tenants, set migrations.history-table: "
                          + others.get(0).table()
                      : "");
    }
    ExternalStanding standing =
        new ExternalStanding(
            named, "has no history of " + named, required(wanted), tool.runnable());
    return status(
        failure == null ? SchemaState.BEHIND : SchemaState.FAILED,
        null,
        0,
        wanted,
        error,
        standing);
  }

  private SchemaStatus unknown(String error) {
    String label = tool.label();
    return status(
        SchemaState.UNKNOWN,
        null,
        0,
        wanted,
        error,
        new ExternalStanding(
            label == null ? "the other tool" : label,
            "has more than one history",
            required(wanted),
            tool.runnable()));
  }

  private SchemaStatus status(
      SchemaState state,
      @Nullable Version version,
      int applied,
      List<Migration> pending,
      @Nullable String error,
      ExternalStanding standing) {
    return new SchemaStatus(schema, state, version, applied, pending, error, null, standing);
  }

  private ExternalStanding standing(String label, List<Migration> pending, ToolIdentity applied) {
    return new ExternalStanding(
        label, applied.found(wanted.size(), pending.size()), required(pending), tool.runnable());
  }

  private String required(List<Migration> pending) {
    List<Migration> of = pending.isEmpty() ? wanted : pending;
    ToolFormat format = tool.format();
    if (of.isEmpty()) {
      return "nothing";
    }
    if (requirement instanceof Requirement.Tag tag) {
      return "tag " + tag.tag();
    }
    boolean versions =
        requirement instanceof Requirement.AtLeast
            || (requirement instanceof Requirement.Files && format != null && !format.keepsNames());
    if (versions) {
      return "version " + of.get(of.size() - 1).version();
    }
    return of.stream()
            .limit(LISTED)
            .map(migration -> migration.version().toString())
            .collect(Collectors.joining(", "))
        + (of.size() > LISTED ? " and " + (of.size() - LISTED) + " more" : "");
  }

  private static String described(List<ForeignHistory> histories) {
    return histories.stream().map(ForeignHistory::describe).collect(Collectors.joining("; "));
  }
}
