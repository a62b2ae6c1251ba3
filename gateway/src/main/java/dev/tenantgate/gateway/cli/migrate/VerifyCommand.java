package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.verify.Drift;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tenantgate migrate verify}: what the histories claim against what is there. */
@Command(
    name = "verify",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate verify --tenant acme",
    description = {
      "Compares each schema with a scratch one that has the same migrations; changes nothing.",
      "Prints a diff: - is missing, + is there without a migration. Ends with 1 if there is any,"
          + " or if a schema can't be verified, which isn't drift."
    },
    mixinStandardHelpOptions = true)
final class VerifyCommand extends MigrationCommand {

  @Mixin private SchemaSelection selection = new SchemaSelection();

  @Override
  void check() {
    selection.check();
  }

  /** The JSON of all of it. */
  @JsonPropertyOrder({"drift", "schemas", "checkpoint"})
  record Document(
      boolean drift,
      List<Schema> schemas,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Proof checkpoint) {}

  /** The JSON of the checkpoint that new tenants are created from. */
  @JsonPropertyOrder({"version", "proven", "missing", "extra", "error"})
  record Proof(
      String version,
      boolean proven,
      List<String> missing,
      List<String> extra,
      @Nullable String error) {

    static Proof of(Drift drift) {
      return new Proof(
          drift.schema().schema().replaceFirst("^checkpoint ", ""),
          drift.isNone(),
          drift.missing(),
          drift.extra(),
          drift.error());
    }
  }

  /** The JSON of one schema. */
  @JsonPropertyOrder({"tenant", "schema", "drift", "missing", "extra", "older", "error"})
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      boolean drift,
      List<String> missing,
      List<String> extra,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> older,
      @Nullable String error) {

    static Schema of(Drift drift) {
      return new Schema(
          drift.schema().tenant(),
          drift.schema().schema(),
          drift.isKnown(),
          drift.missing(),
          drift.extra(),
          drift.older(),
          drift.error());
    }
  }

  @Override
  int run(Work work) throws SQLException {
    List<SchemaRef> asked = work.migrator().tenants().schemas(selection.of(work));
    List<SchemaRef> schemas = existing(work, asked);
    List<Drift> drifts = work.migrator().checks().verify(work.changelog(), schemas);
    Optional<Drift> checkpoint =
        selection.isNarrowed()
            ? Optional.empty()
            : work.migrator().checks().verifyCheckpoint(work.changelog());
    boolean none =
        schemas.size() == asked.size()
            && drifts.stream().allMatch(Drift::isNone)
            && checkpoint.map(Drift::isNone).orElse(true);
    long drifted = drifts.stream().filter(Drift::isKnown).count();
    long unverified = drifts.stream().filter(drift -> drift.error() != null).count();
    if (json()) {
      out()
          .println(
              JsonText.of(
                  new Document(
                      drifted > 0,
                      drifts.stream().map(Schema::of).toList(),
                      checkpoint.map(Proof::of).orElse(null))));
    } else {
      drifts.stream().filter(drift -> !drift.isNone()).forEach(this::print);
      drifts.stream().filter(drift -> !drift.older().isEmpty()).forEach(this::printOlder);
      checkpoint.ifPresent(this::printCheckpoint);
      out()
          .println(
              "%s, %d with drift%s"
                  .formatted(
                      Counted.of(drifts.size(), "schema"),
                      drifted,
                      unverified == 0 ? "" : ", %d can't be verified".formatted(unverified)));
    }
    out().flush();
    boolean overlooked =
        !selection.isNarrowed() && tellOverlooked(work, EnumSet.of(Tell.FILES, Tell.TENANTS));
    return none && !overlooked ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** The schemas that exist; a message tells of the others. */
  private List<SchemaRef> existing(Work work, List<SchemaRef> asked) throws SQLException {
    List<SchemaRef> existing = new ArrayList<>();
    for (SchemaHistory history : work.migrator().histories().of(asked)) {
      SchemaRef schema = history.schema();
      if (history.exists() || schema.isPublic()) {
        existing.add(schema);
      } else {
        err()
            .println(
                "tenantgate: there is no tenant %s: there is no schema %s"
                    .formatted(schema.tenant(), schema));
      }
    }
    err().flush();
    return existing;
  }

  private void printCheckpoint(Drift proof) {
    if (proof.isNone()) {
      out().println(proof.schema() + " comes to the same as all migrations");
    } else {
      print(proof);
    }
  }

  private void printOlder(Drift drift) {
    out()
        .println(
            "%s: older than its history, and not verified: %s"
                .formatted(drift.schema(), String.join(", ", drift.older())));
  }

  private void print(Drift drift) {
    if (drift.error() != null) {
      out().println("%s: can't be verified: %s".formatted(drift.schema(), drift.error()));
      return;
    }
    out().println("--- changelog");
    out().println("+++ " + drift.schema());
    Map<String, Character> lines = new TreeMap<>();
    drift.missing().forEach(line -> lines.put(line, '-'));
    drift.extra().forEach(line -> lines.put(line, '+'));
    lines.forEach((line, sign) -> out().println(sign + " " + line));
  }
}
