package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.run.FleetOutcome;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run, for people and for programs. Immutable.
 *
 * @param outcome how the run ended
 */
record FleetReport(FleetOutcome outcome) {

  /** The JSON of a run. */
  @JsonPropertyOrder({
    "migrated",
    "upToDate",
    "failed",
    "notDone",
    "elapsedMillis",
    "schemas",
    "skipped",
  })
  record Document(
      long migrated,
      long upToDate,
      long failed,
      long notDone,
      long elapsedMillis,
      List<Schema> schemas,
      List<String> skipped) {}

  /** The JSON of one schema's outcome. */
  @JsonPropertyOrder({"tenant", "schema", "outcome", "applied", "rolledBack", "error"})
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      String outcome,
      List<String> applied,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> rolledBack,
      @Nullable String error) {

    static Schema of(SchemaOutcome outcome) {
      return new Schema(
          outcome.schema().tenant(),
          outcome.schema().schema(),
          label(outcome),
          FleetReport.applied(outcome).stream().map(Version::toString).toList(),
          FleetReport.rolledBack(outcome).stream().map(Version::toString).toList(),
          FleetReport.error(outcome));
    }
  }

  Document json() {
    return new Document(
        done(),
        count(SchemaOutcome.UpToDate.class),
        count(SchemaOutcome.Failed.class),
        notDone(),
        outcome.elapsed().toMillis(),
        outcome.outcomes().stream().map(Schema::of).toList(),
        outcome.skipped().stream().map(SchemaRef::schema).toList());
  }

  void print(PrintWriter out) {
    if (outcome.skipped().equals(List.of(SchemaRef.PUBLIC))) {
      out.println("public is as it was, since not every tenant was done");
    } else if (!outcome.skipped().isEmpty()) {
      out.printf(
          "%d tenants weren't looked at, since public isn't up to date or the run was cancelled%n",
          outcome.skipped().size());
    }
    out.printf(
        Locale.ROOT,
        "%d migrated, %d up to date, %d failed%s, in %.1f s%n",
        done(),
        count(SchemaOutcome.UpToDate.class),
        count(SchemaOutcome.Failed.class),
        notDone() == 0 ? "" : ", %d not done".formatted(notDone()),
        outcome.elapsed().toMillis() / 1000.0);
  }

  /** Schemas that were changed: migrated, rolled back, their history corrected. */
  private long done() {
    return count(SchemaOutcome.Migrated.class)
        + count(SchemaOutcome.RolledBack.class)
        + count(SchemaOutcome.Recorded.class);
  }

  private long count(Class<? extends SchemaOutcome> kind) {
    return outcome.outcomes().stream().filter(kind::isInstance).count();
  }

  /** Schemas that are as they were, for a reason that isn't a migration's: busy, cancelled … */
  private long notDone() {
    return outcome.failures().size() - count(SchemaOutcome.Failed.class);
  }

  /** One schema's outcome as a line. */
  static String line(SchemaOutcome outcome) {
    String schema = outcome.schema().schema();
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      return "%s: applied %s".formatted(schema, versions(migrated.applied()));
    }
    if (outcome instanceof SchemaOutcome.RolledBack rolledBack) {
      return "%s: took back %s".formatted(schema, versions(rolledBack.versions()));
    }
    if (outcome instanceof SchemaOutcome.Recorded recorded) {
      return "%s: recorded %s".formatted(schema, versions(recorded.versions()));
    }
    String error = error(outcome);
    return "%s: %s%s".formatted(schema, spoken(outcome), error == null ? "" : ": " + error);
  }

  private static String versions(List<Version> versions) {
    return String.join(", ", versions.stream().map(Version::toString).toList());
  }

  private static String spoken(SchemaOutcome outcome) {
    return label(outcome).replace('-', ' ');
  }

  private static List<Version> rolledBack(SchemaOutcome outcome) {
    return outcome instanceof SchemaOutcome.RolledBack rolledBack
        ? rolledBack.versions()
        : List.of();
  }

  private static List<Version> applied(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      return migrated.applied();
    }
    return outcome instanceof SchemaOutcome.Failed failed ? failed.applied() : List.of();
  }

  private static String label(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.UpToDate) {
      return "up-to-date";
    } else if (outcome instanceof SchemaOutcome.Migrated) {
      return "migrated";
    } else if (outcome instanceof SchemaOutcome.RolledBack) {
      return "rolled-back";
    } else if (outcome instanceof SchemaOutcome.Recorded) {
      return "recorded";
    } else if (outcome instanceof SchemaOutcome.Failed) {
      return "failed";
    } else if (outcome instanceof SchemaOutcome.Busy) {
      return "busy";
    } else if (outcome instanceof SchemaOutcome.NoSuchSchema) {
      return "no-such-schema";
    } else if (outcome instanceof SchemaOutcome.Unreachable) {
      return "unreachable";
    }
    return "cancelled";
  }

  private static @Nullable String error(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Failed failed) {
      return failed.error();
    } else if (outcome instanceof SchemaOutcome.Busy busy) {
      return "%s is migrating it".formatted(busy.holder());
    } else if (outcome instanceof SchemaOutcome.Unreachable unreachable) {
      return unreachable.error();
    }
    return null;
  }
}
