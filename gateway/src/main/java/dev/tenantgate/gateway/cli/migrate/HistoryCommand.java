package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tenantgate migrate history}: who did what, when, and how long it took. */
@Command(
    name = "history",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate history --tenant acme",
    description = {
      "Shows what was done to each schema: when, what, by whom, how long it took.",
      "Entries that only a schema's own history has bear no name. Of another tool's history each",
      "row is shown, with the tool's name."
    },
    mixinStandardHelpOptions = true)
final class HistoryCommand extends MigrationCommand {

  @Option(names = "--tenant", paramLabel = "T", description = "This tenant alone.")
  private @Nullable String tenant;

  @Option(names = "--runs", description = "The runs over many schemas instead, the last one first.")
  private boolean runs;

  /** As wide as a time. */
  private static final String NO_TIME = "(no time kept)      ";

  /** The JSON of all of it. */
  @JsonPropertyOrder({"history"})
  record Document(List<Row> history) {}

  /** The JSON of one thing done. */
  @JsonPropertyOrder({
    "schema",
    "version",
    "name",
    "action",
    "at",
    "by",
    "execution_time_ms",
    "error",
  })
  record Row(
      String schema,
      String version,
      String name,
      String action,
      String at,
      @Nullable String by,
      @JsonProperty("execution_time_ms") @Nullable Integer millis,
      @Nullable String error) {

    static Row of(JournalEntry entry) {
      return new Row(
          entry.schema(),
          entry.version().toString(),
          entry.name(),
          entry.action(),
          entry.at().toString(),
          entry.by(),
          entry.millis() < 0 ? null : entry.millis(),
          entry.error());
    }

    static Row of(SchemaRef schema, HistoryEntry entry) {
      return new Row(
          schema.schema(),
          entry.version().toString(),
          entry.name(),
          "up",
          entry.appliedAt().toString(),
          null,
          entry.executionMillis() < 0 ? null : entry.executionMillis(),
          entry.failure());
    }

    /** A row of another tool's history, which says nothing of who has done it. */
    static Row of(SchemaRef schema, ForeignHistory history, AppliedMigration entry) {
      LocalDateTime at = entry.appliedAt();
      String group = entry.group() == null ? "" : entry.group() + ": ";
      return new Row(
          schema.schema(),
          entry.version() == null ? group + entry.name() : entry.version(),
          entry.version() == null || entry.name() == null ? "" : entry.name(),
          history.table().label(),
          at == null ? "" : at.toInstant(ZoneOffset.UTC).toString(),
          null,
          null,
          null);
    }

    /** Of a tool that keeps but one version. */
    static Row upTo(SchemaRef schema, ForeignHistory history, String version) {
      return new Row(
          schema.schema(), version, "", history.table().label(), "", null, null, history.fault());
    }

    String line() {
      return "%s  %-14s  %s %s%s%s%s"
          .formatted(
              at.length() > 19 ? at.substring(0, 19) + "Z" : at.isEmpty() ? NO_TIME : at,
              action,
              version,
              name,
              millis == null ? "" : "  %d ms".formatted(millis),
              by == null ? "" : "  by " + by,
              error == null ? "" : "  failed: " + error);
    }
  }

  /** The journal is shown whatever the files are now. */
  @Override
  ForOtherTool forOtherTool() {
    return ForOtherTool.READS;
  }

  @Override
  Changelog changelog(Settings settings) {
    return new Changelog(List.of());
  }

  @Override
  int run(Work work) throws SQLException {
    if (runs) {
      showRuns(work.migrator().runs().recorded());
      return ExitCode.DONE;
    }
    SchemaRef only = tenant == null ? null : work.migrator().tenants().schemaOf(tenant);
    List<SchemaRef> schemas = new ArrayList<>();
    if (only == null) {
      schemas.add(SchemaRef.PUBLIC);
      schemas.addAll(work.migrator().tenants().all());
    } else {
      schemas.add(only);
    }
    List<SchemaHistory> histories = work.migrator().histories().of(schemas);
    if (only != null && !histories.get(0).exists()) {
      err().println("tenantgate: there is no schema " + only);
      err().flush();
      return ExitCode.FAILED;
    }
    Map<String, List<JournalEntry>> journal =
        work.migrator().histories().journal(only).stream()
            .collect(Collectors.groupingBy(JournalEntry::schema));
    List<Row> rows = new ArrayList<>();
    for (SchemaHistory history : histories) {
      rows.addAll(rows(history, journal.getOrDefault(history.schema().schema(), List.of())));
    }
    show(rows);
    return ExitCode.DONE;
  }

  /** The journal's rows, behind those that only the schema's own table still has. */
  private static List<Row> rows(SchemaHistory history, List<JournalEntry> ofSchema) {
    Set<Version> known = new HashSet<>();
    ofSchema.forEach(entry -> known.add(entry.version()));
    List<Row> rows = new ArrayList<>();
    for (HistoryEntry entry : history.entries()) {
      if (!known.contains(entry.version())) {
        rows.add(Row.of(history.schema(), entry));
      }
    }
    others(history)
        .forEach(
            other -> {
              other.applied().forEach(entry -> rows.add(Row.of(history.schema(), other, entry)));
              String upTo = other.upTo();
              if (upTo != null) {
                rows.add(Row.upTo(history.schema(), other, upTo));
              }
            });
    ofSchema.forEach(entry -> rows.add(Row.of(entry)));
    return rows;
  }

  /** The rows of another tool's histories: it migrates, or has migrated before. */
  private static List<ForeignHistory> others(SchemaHistory history) {
    ExternalHistory external = history.external();
    Unmanaged unmanaged = history.unmanaged();
    return external != null
        ? external.histories()
        : unmanaged == null ? List.of() : unmanaged.histories();
  }

  private void showRuns(List<RecordedRun> recorded) {
    if (json()) {
      out().println(JsonText.of(Map.of("runs", recorded.stream().map(RunReport::of).toList())));
    } else {
      recorded.forEach(run -> out().println(RunReport.line(run)));
      if (recorded.isEmpty()) {
        out().println("there was no run over many schemas yet");
      }
    }
    out().flush();
  }

  private void show(List<Row> rows) {
    if (json()) {
      out().println(JsonText.of(new Document(rows)));
    } else {
      String schema = "";
      for (Row row : rows) {
        if (!row.schema().equals(schema)) {
          schema = row.schema();
          out().println(schema + ":");
        }
        out().println("  " + row.line());
      }
      if (rows.isEmpty()) {
        out().println("nothing was done yet");
      }
    }
    out().flush();
  }
}
