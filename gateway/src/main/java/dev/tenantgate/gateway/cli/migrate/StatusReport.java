package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.ExternalStanding;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where all schemas stand, for people and for programs. Immutable.
 *
 * @param required the version that is held against
 * @param ofPublic where {@code public} stands
 * @param ofTenants where the tenants stand, in the order to be shown
 * @param shown which of them are shown in words
 * @param applied what is applied to the schemas of which that is to be listed, by rising version
 * @param grouped whether many tenants that aren't managed, and are alike, are told of together
 * @param run the run over many schemas that goes on, or can be gone on with; null if there is none
 */
record StatusReport(
    String required,
    SchemaStatus ofPublic,
    List<SchemaStatus> ofTenants,
    Predicate<SchemaStatus> shown,
    Map<SchemaRef, List<String>> applied,
    boolean grouped,
    @Nullable RecordedRun run) {

  private static final String RULE = "=".repeat(60);

  /** More tenants than these that nothing else can be said of are said of once. */
  private static final int FEW = 5;

  /** The JSON of {@code migrate status}. */
  @JsonPropertyOrder({"required", "totals", "public", "tenants", "run"})
  record Document(
      String required,
      Map<String, Long> totals,
      @com.fasterxml.jackson.annotation.JsonProperty("public") Schema ofPublic,
      List<Schema> tenants,
      @Nullable RunReport run) {}

  /** The JSON of one schema; {@code public} has no tenant. */
  @JsonPropertyOrder({
    "tenant",
    "schema",
    "state",
    "version",
    "applied",
    "pending",
    "error",
    "found",
    "hint",
    "tool",
    "histories"
  })
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      String state,
      @Nullable String version,
      int applied,
      List<String> pending,
      @Nullable String error,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String found,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String hint,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tool,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Foreign> histories) {

    static Schema of(SchemaStatus status) {
      Unmanaged unmanaged = status.unmanaged();
      ExternalStanding external = status.external();
      Version version = status.version();
      return new Schema(
          status.schema().tenant(),
          status.schema().schema(),
          status.state().label(),
          version == null ? null : version.toString(),
          status.applied(),
          status.pending().stream().map(migration -> migration.version().toString()).toList(),
          status.error(),
          unmanaged == null ? external == null ? null : external.found() : unmanaged.found(),
          unmanaged == null ? wayOn(status) : unmanaged.wayOn(),
          external == null ? null : external.tool(),
          unmanaged == null ? null : unmanaged.histories().stream().map(Foreign::of).toList());
    }
  }

  /**
   * The JSON of another tool's history.
   *
   * @param of whose it is: {@code own}, {@code rows} of a table for all tenants, {@code common}
   */
  record Foreign(
      String tool,
      String table,
      String of,
      int applied,
      @Nullable String latest,
      @Nullable String fault) {

    static Foreign of(ForeignHistory history) {
      return new Foreign(
          history.table().label(),
          history.table().toString(),
          history.place().name().toLowerCase(Locale.ROOT),
          history.applied().size(),
          history.latest(),
          history.fault());
    }
  }

  /** The other tool's task; null if it has none, or if no other tool migrates. */
  private static @Nullable String wayOn(SchemaStatus status) {
    ExternalStanding external = status.external();
    return external == null || status.hasAllThatIsRequired()
        ? null
        : external.wayOn(status.schema());
  }

  Document json() {
    return new Document(
        required,
        totals(),
        Schema.of(ofPublic),
        ofTenants.stream().filter(shown).map(Schema::of).toList(),
        run == null ? null : RunReport.of(run));
  }

  /** How many tenants are in each state, those that there are none of left out. */
  private Map<String, Long> totals() {
    Map<String, Long> totals = new LinkedHashMap<>();
    for (SchemaState state : SchemaState.values()) {
      long number = ofTenants.stream().filter(status -> status.state() == state).count();
      if (number > 0) {
        totals.put(state.label(), number);
      }
    }
    return totals;
  }

  private String counts() {
    return ofTenants.isEmpty()
        ? "none"
        : totals().entrySet().stream()
            .map(total -> total.getValue() + " " + total.getKey())
            .collect(Collectors.joining(", "));
  }

  private static String left(int number) {
    return number == 0 ? "" : " (%d not shown: --verbose, --state)".formatted(number);
  }

  void print(PrintWriter out) {
    out.println(RULE);
    out.println("MIGRATION STATUS (required: " + required + ")");
    out.println(RULE);
    out.println();
    out.println("Tenants: " + counts());
    out.println();
    out.println("Public schema: " + ofPublic.state().label());
    printSchema(out, ofPublic, "  ");
    out.println();
    List<SchemaStatus> listed = ofTenants.stream().filter(shown).toList();
    out.println("Tenant schemas: " + ofTenants.size() + left(ofTenants.size() - listed.size()));
    Map<String, List<SchemaStatus>> alike = alike(listed);
    for (SchemaStatus status : listed) {
      List<SchemaStatus> group = alike.getOrDefault(key(status), List.of());
      if (group.size() > FEW && group.get(0).equals(status)) {
        printAlike(out, group);
      }
      if (group.size() > FEW) {
        continue;
      }
      out.println();
      out.printf(
          "  %s (%s): %s%n",
          status.schema().tenant(), status.schema().schema(), status.state().label());
      printSchema(out, status, "    ");
    }
    if (run != null) {
      out.println();
      out.println(RunReport.line(run));
      if (run.isUnfinished()) {
        out.println("  The same command with --resume goes on where it stopped.");
      }
    }
    out.println(RULE);
  }

  /** As a file is called, without what says how it is written: {@code 003_add_user_avatar}. */
  static String name(Migration migration) {
    String file = String.valueOf(migration.source().getFileName());
    if (migration.name().isEmpty()) {
      return migration.version().toString();
    }
    int named = file.indexOf("_" + migration.name());
    return named > 0 && file.substring(0, named).chars().allMatch(Character::isDigit)
        ? file.substring(0, named + 1 + migration.name().length())
        : migration.version() + "_" + migration.name();
  }

  /** The same of what a history has, whose file may be gone. */
  static String name(HistoryEntry entry, Changelog changelog) {
    return changelog
        .find(entry.version())
        .map(StatusReport::name)
        .orElseGet(() -> entry.version() + "_" + entry.name());
  }

  /** Tenants that nothing of Tenantgate's is known of, by what was found of them. */
  private Map<String, List<SchemaStatus>> alike(List<SchemaStatus> listed) {
    return grouped
        ? listed.stream()
            .filter(status -> status.unmanaged() != null)
            .collect(Collectors.groupingBy(StatusReport::key))
        : Map.of();
  }

  /** The same for schemas that are alike: the findings, without the schema's name. */
  private static String key(SchemaStatus status) {
    Unmanaged unmanaged = status.unmanaged();
    String schema = status.schema().schema();
    return unmanaged == null
        ? schema
        : unmanaged.histories().stream()
                .map(history -> history.describe().replace(schema + ".", "") + history.place())
                .collect(Collectors.joining("; "))
            + (unmanaged.histories().isEmpty() ? unmanaged.found() + unmanaged.tool() : "");
  }

  private static void printAlike(PrintWriter out, List<SchemaStatus> group) {
    SchemaStatus first = group.get(0);
    Unmanaged unmanaged = Objects.requireNonNull(first.unmanaged(), "unmanaged");
    String names =
        group.stream()
            .limit(FEW)
            .map(status -> String.valueOf(status.schema().tenant()))
            .collect(Collectors.joining(", "));
    out.println();
    out.printf(
        "  %d tenants alike: unmanaged (%s and %d more: --verbose)%n",
        group.size(), names, group.size() - FEW);
    out.println("    In each: " + unmanaged.found());
    for (ForeignHistory history : unmanaged.histories()) {
      out.println(
          "    History: " + history.describe().replace(first.schema().schema() + ".", "…."));
    }
    out.println(
        "    Way on: "
            + unmanaged
                .wayOn()
                .replace(
                    "--tenant " + first.schema().tenant() + " takes its history",
                    "--all takes their histories")
                .replace("--tenant " + first.schema().tenant(), "--tenant T")
                .replace("migrating it,", "migrating them,"));
  }

  private void printSchema(PrintWriter out, SchemaStatus status, String indent) {
    Version version = status.version();
    out.println(indent + "Version: " + (version == null ? "none" : version));
    out.println(indent + "Applied: " + status.applied());
    out.println(indent + "Pending: " + status.pending().size());
    for (Migration migration : status.pending()) {
      out.println(indent + "  - " + name(migration));
    }
    if (status.error() != null) {
      out.println(indent + "Error: " + status.error());
    }
    ExternalStanding external = status.external();
    if (external != null) {
      out.println(indent + "Found: " + external.found());
      String way = wayOn(status);
      if (way != null) {
        out.println(indent + "Needs: " + external.required());
        out.println(indent + "Way on: " + way);
      }
    }
    if (status.unmanaged() != null) {
      status
          .unmanaged()
          .histories()
          .forEach(history -> out.println(indent + "History: " + history.describe()));
      out.println(indent + "Way on: " + status.unmanaged().wayOn());
    }
    List<String> listed = applied.getOrDefault(status.schema(), List.of());
    if (!listed.isEmpty()) {
      out.println();
      out.println(indent + "Applied migrations:");
      listed.forEach(migration -> out.println(indent + "  + " + migration));
    }
  }
}
