package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of taking histories over, or of giving them back, for people and for programs.
 * Immutable.
 *
 * @param undone whether they were given back
 * @param changed how many were
 * @param unchanged how many schemas had nothing to be taken over or given back
 * @param failed how many stay as they are, for a reason that is given for each
 * @param notTried how many weren't tried
 * @param elapsedMs how long it took
 * @param schemas each that was looked at
 * @param tables what became of tables that tell of several schemas
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonPropertyOrder({
  "undone",
  "changed",
  "unchanged",
  "failed",
  "not_tried",
  "elapsed_ms",
  "schemas",
  "tables"
})
record AdoptReport(
    @JsonProperty("undone") boolean undone,
    @JsonProperty("changed") long changed,
    @JsonProperty("unchanged") long unchanged,
    @JsonProperty("failed") long failed,
    @JsonProperty("not_tried") long notTried,
    @JsonProperty("elapsed_ms") long elapsedMs,
    @JsonProperty("schemas") List<Schema> schemas,
    @JsonProperty("tables") List<String> tables) {

  /** The JSON of one schema. */
  @JsonPropertyOrder({"tenant", "schema", "outcome", "versions", "error"})
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      String outcome,
      List<String> versions,
      @Nullable String error) {

    static Schema of(SchemaOutcome outcome) {
      FleetReport.Schema report = FleetReport.Schema.of(outcome);
      return new Schema(
          report.tenant(),
          report.schema(),
          outcome instanceof SchemaOutcome.Recorded recorded
              ? recorded.change().label()
              : report.outcome(),
          outcome instanceof SchemaOutcome.Recorded recorded
              ? recorded.versions().stream().map(Version::toString).toList()
              : List.of(),
          report.error());
    }
  }

  static AdoptReport of(List<FleetOutcome> runs, boolean undone, List<String> tables) {
    List<SchemaOutcome> outcomes = runs.stream().flatMap(run -> run.outcomes().stream()).toList();
    return new AdoptReport(
        undone,
        outcomes.stream().filter(SchemaOutcome.Recorded.class::isInstance).count(),
        outcomes.stream().filter(SchemaOutcome.UpToDate.class::isInstance).count(),
        runs.stream().mapToLong(run -> run.failures().size()).sum(),
        runs.stream().mapToLong(run -> run.skipped().size()).sum(),
        runs.stream().mapToLong(run -> run.elapsed().toMillis()).sum(),
        outcomes.stream().map(Schema::of).toList(),
        tables);
  }

  void print(PrintWriter out) {
    tables.forEach(out::println);
    out.printf(
        Locale.ROOT,
        "%d %s, %d with nothing to %s, %d left as they are%s, in %.1f s%n",
        changed,
        undone ? "given back" : "taken over",
        unchanged,
        undone ? "give back" : "take over",
        failed,
        notTried == 0 ? "" : ", %d not tried".formatted(notTried),
        elapsedMs / 1000.0);
  }
}
