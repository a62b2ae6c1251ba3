package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a run, for people and for programs. Immutable.
 *
 * @param outcome how the run ended
 * @param repaired what was wrong with the registry, and is right now
 */
record FleetReport(FleetOutcome outcome, List<Repaired> repaired) {

  /** So many schemas that weren't tried are named. */
  private static final int NAMED = 10;

  /** The JSON of a run. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonPropertyOrder({
    "run",
    "migrated",
    "up_to_date",
    "failed",
    "unmanaged",
    "not_done",
    "not_tried",
    "stopped",
    "elapsed_ms",
    "schemas",
    "skipped",
    "repaired",
  })
  record Document(
      @Nullable Long run,
      long migrated,
      long upToDate,
      long failed,
      long unmanaged,
      long notDone,
      long notTried,
      @Nullable String stopped,
      long elapsedMs,
      List<Schema> schemas,
      List<String> skipped,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Repaired> repaired) {}

  /** The JSON of one schema's outcome. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonPropertyOrder({
    "tenant",
    "schema",
    "outcome",
    "applied",
    "rolled_back",
    "elapsed_ms",
    "error",
  })
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      String outcome,
      List<String> applied,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> rolledBack,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long elapsedMs,
      @Nullable String error) {

    static Schema of(SchemaOutcome outcome) {
      Duration elapsed = FleetReport.elapsed(outcome);
      return new Schema(
          outcome.schema().tenant(),
          outcome.schema().schema(),
          label(outcome),
          FleetReport.applied(outcome).stream().map(Version::toString).toList(),
          FleetReport.rolledBack(outcome).stream().map(Version::toString).toList(),
          elapsed == null ? null : elapsed.toMillis(),
          FleetReport.error(outcome));
    }
  }

  Document json() {
    FleetStop stop = outcome.stop();
    return new Document(
        outcome.run(),
        done(),
        count(SchemaOutcome.UpToDate.class),
        count(SchemaOutcome.Failed.class),
        count(SchemaOutcome.Unmanaged.class),
        notDone(),
        outcome.skipped().size(),
        stop == null ? null : stop.label(),
        outcome.elapsed().toMillis(),
        outcome.outcomes().stream().map(Schema::of).toList(),
        outcome.skipped().stream().map(SchemaRef::schema).toList(),
        repaired);
  }

  /** How many schemas were left out, in words. */
  static String notTried(int schemas) {
    return Counted.of(schemas, "schema") + (schemas == 1 ? " wasn't tried" : " weren't tried");
  }

  void print(PrintWriter out) {
    repaired.forEach(each -> out.println("registry: %s: %s".formatted(each.schema(), each.what())));
    FleetStop stop = outcome.stop();
    if (stop == FleetStop.TENANT_FAILED) {
      out.println("public is as it was, since not every tenant was done");
    } else if (stop != null && !outcome.skipped().isEmpty()) {
      out.printf(
          "stopped, since %s; %s: %s%n",
          stop, notTried(outcome.skipped().size()), names(outcome.skipped()));
    }
    if (outcome.isResumable()) {
      out.printf("run %d isn't finished; the same command with --resume goes on%n", outcome.run());
    }
    long unmanaged = count(SchemaOutcome.Unmanaged.class);
    out.printf(
        Locale.ROOT,
        "%d migrated, %d up to date, %d failed%s%s%s, in %.1f s%n",
        done(),
        count(SchemaOutcome.UpToDate.class),
        count(SchemaOutcome.Failed.class),
        unmanaged == 0 ? "" : ", %d unmanaged and left alone".formatted(unmanaged),
        notDone() == 0 ? "" : ", %d not done".formatted(notDone()),
        outcome.skipped().isEmpty() ? "" : ", %d not tried".formatted(outcome.skipped().size()),
        outcome.elapsed().toMillis() / 1000.0);
  }

  private static String names(List<SchemaRef> schemas) {
    String named =
        schemas.stream().limit(NAMED).map(SchemaRef::schema).collect(Collectors.joining(", "));
    return schemas.size() > NAMED ? named + " …" : named;
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
    return outcome.failures().size()
        - count(SchemaOutcome.Failed.class)
        - count(SchemaOutcome.Unmanaged.class);
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
      return "%s: %s %s"
          .formatted(
              schema, recorded.change().label().replace('_', ' '), versions(recorded.versions()));
    }
    String error = error(outcome);
    return "%s: %s%s".formatted(schema, describe(outcome), error == null ? "" : ": " + error);
  }

  /** The same, with how long it took. */
  static String lineWithTime(SchemaOutcome outcome) {
    Duration elapsed = elapsed(outcome);
    return line(outcome) + (elapsed == null ? "" : " (%d ms)".formatted(elapsed.toMillis()));
  }

  private static @Nullable Duration elapsed(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      return migrated.elapsed();
    } else if (outcome instanceof SchemaOutcome.RolledBack rolledBack) {
      return rolledBack.elapsed();
    } else if (outcome instanceof SchemaOutcome.Recorded recorded) {
      return recorded.elapsed();
    }
    return outcome instanceof SchemaOutcome.Failed failed ? failed.elapsed() : null;
  }

  private static String versions(List<Version> versions) {
    return String.join(", ", versions.stream().map(Version::toString).toList());
  }

  private static String describe(SchemaOutcome outcome) {
    return label(outcome).replace('_', ' ');
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
      return "up_to_date";
    } else if (outcome instanceof SchemaOutcome.Migrated) {
      return "migrated";
    } else if (outcome instanceof SchemaOutcome.RolledBack) {
      return "rolled_back";
    } else if (outcome instanceof SchemaOutcome.Recorded) {
      return "recorded";
    } else if (outcome instanceof SchemaOutcome.Failed) {
      return "failed";
    } else if (outcome instanceof SchemaOutcome.Unmanaged) {
      return "unmanaged";
    } else if (outcome instanceof SchemaOutcome.Busy) {
      return "busy";
    } else if (outcome instanceof SchemaOutcome.PutOff) {
      return "put_off";
    } else if (outcome instanceof SchemaOutcome.NoSuchSchema) {
      return "no_such_schema";
    } else if (outcome instanceof SchemaOutcome.Unreachable) {
      return "unreachable";
    }
    return "cancelled";
  }

  private static @Nullable String error(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Failed failed) {
      return failed.error();
    } else if (outcome instanceof SchemaOutcome.Unmanaged unmanaged) {
      return unmanaged.found().toString();
    } else if (outcome instanceof SchemaOutcome.NoSuchSchema && outcome.schema().tenant() != null) {
      return "there is no tenant %1$s; `tenantgate tenant list` names them, `tenant create %1$s`"
              .formatted(outcome.schema().tenant())
          + " makes it";
    } else if (outcome instanceof SchemaOutcome.Busy busy) {
      return "%s is migrating it".formatted(busy.holder());
    } else if (outcome instanceof SchemaOutcome.PutOff off) {
      return off.inTheWay();
    } else if (outcome instanceof SchemaOutcome.Unreachable unreachable) {
      return unreachable.error();
    }
    return null;
  }
}
