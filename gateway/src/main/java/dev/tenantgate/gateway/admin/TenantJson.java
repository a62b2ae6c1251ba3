package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.ExternalStanding;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Schemas, histories and outcomes as JSON, the same as the command line's. Stateless. */
final class TenantJson {

  /** So many characters of a migration are shown. */
  private static final int MOST_SQL = 16_384;

  private TenantJson() {}

  static ObjectNode state(TenantState state) {
    ObjectNode json = schema(state.schema());
    json.put("state", state.name().label());
    json.put("version", text(state.status().version()));
    json.put("applied", state.status().applied());
    ArrayNode pending = json.putArray("pending");
    state.status().pending().forEach(migration -> pending.add(migration.version().toString()));
    json.put("error", state.status().error());
    Unmanaged unmanaged = state.status().unmanaged();
    if (unmanaged != null) {
      json.put("found", unmanaged.found());
      json.put("hint", unmanaged.wayOn());
      ArrayNode histories = json.putArray("histories");
      unmanaged.histories().forEach(history -> foreign(histories.addObject(), history));
    }
    ExternalStanding external = state.status().external();
    if (external != null) {
      json.put("tool", external.tool());
      json.put("found", external.found());
      if (!state.status().hasAllThatIsRequired()) {
        json.put("hint", external.wayOn(state.schema()));
      }
    }
    return json;
  }

  /** The migrations that a schema needs still, with what they do. */
  static ArrayNode pending(TenantState state) {
    ArrayNode pending = Json.array();
    for (Migration migration : state.status().pending()) {
      ObjectNode json = pending.addObject();
      json.put("version", migration.version().toString());
      json.put("name", migration.name());
      json.put("description", migration.description());
      json.put("sql", shortened(migration.up().sql()));
    }
    return pending;
  }

  private static String shortened(String sql) {
    return sql.length() <= MOST_SQL ? sql : sql.substring(0, MOST_SQL) + "…";
  }

  private static void foreign(ObjectNode json, ForeignHistory history) {
    json.put("tool", history.table().label());
    json.put("table", history.table().toString());
    json.put("of", history.place().name().toLowerCase(Locale.ROOT));
    json.put("applied", history.applied().size());
    json.put("latest", history.latest());
    json.put("fault", history.fault());
  }

  static ArrayNode history(SchemaHistory history) {
    ArrayNode entries = Json.array();
    ExternalHistory external = history.external();
    if (external != null) {
      external
          .histories()
          .forEach(each -> each.applied().forEach(applied -> add(entries, applied)));
    }
    for (HistoryEntry entry : history.entries()) {
      ObjectNode json = entries.addObject();
      json.put("version", entry.version().toString());
      json.put("name", entry.name());
      json.put("checksum", entry.checksum());
      json.put("applied_at", entry.appliedAt().toString());
      if (entry.executionMillis() < 0) {
        json.putNull("execution_time_ms");
      } else {
        json.put("execution_time_ms", entry.executionMillis());
      }
      json.put("status", entry.succeeded() ? "success" : "failed");
      json.put("error", entry.failure());
    }
    return entries;
  }

  /** A migration that another tool has applied. */
  private static void add(ArrayNode entries, AppliedMigration applied) {
    ObjectNode json = entries.addObject();
    String group = applied.group();
    String name = applied.name();
    json.put("version", applied.version());
    json.put("name", group == null ? name : group + ": " + name);
    json.put("applied_at", applied.appliedAt() == null ? null : applied.appliedAt() + "Z");
    json.put("status", "success");
  }

  static ObjectNode outcome(SchemaOutcome outcome) {
    ObjectNode json = schema(outcome.schema());
    json.put("outcome", label(outcome));
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      applied(json, migrated.applied(), migrated.elapsed());
    } else if (outcome instanceof SchemaOutcome.Failed failed) {
      applied(json, failed.applied(), failed.elapsed());
      json.put("migration", failed.migration() == null ? null : text(failed.migration().version()));
      json.put("sqlstate", failed.sqlState());
    } else if (outcome instanceof SchemaOutcome.RolledBack back) {
      versions(json.putArray("rolled_back"), back.versions());
      json.put("elapsed_ms", back.elapsed().toMillis());
    } else if (outcome instanceof SchemaOutcome.Busy busy) {
      json.put("holder", busy.holder());
    }
    json.put("error", error(outcome));
    return json;
  }

  /** The error, in a sentence; null if there is none. */
  static @Nullable String error(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Failed failed) {
      return failed.error();
    }
    if (outcome instanceof SchemaOutcome.Unmanaged unmanaged) {
      return unmanaged.found().toString();
    }
    if (outcome instanceof SchemaOutcome.Unreachable unreachable) {
      return unreachable.error();
    }
    if (outcome instanceof SchemaOutcome.Busy busy) {
      return "another process is migrating " + busy.schema() + ": " + busy.holder();
    }
    if (outcome instanceof SchemaOutcome.PutOff off) {
      return "the migration of " + off.schema() + " is put off: " + off.inTheWay();
    }
    if (outcome instanceof SchemaOutcome.NoSuchSchema) {
      return "there is no schema " + outcome.schema();
    }
    return outcome instanceof SchemaOutcome.Cancelled ? "the migration was cancelled" : null;
  }

  private static String label(SchemaOutcome outcome) {
    // UpToDate → up_to_date: the outcomes' own names are the words of the API.
    return outcome
        .getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
        .toLowerCase(Locale.ROOT);
  }

  private static ObjectNode schema(SchemaRef schema) {
    ObjectNode json = Json.object();
    if (schema.tenant() != null) {
      json.put("tenant", schema.tenant());
    }
    json.put("schema", schema.schema());
    return json;
  }

  private static void applied(ObjectNode json, List<Version> versions, Duration elapsed) {
    versions(json.putArray("applied"), versions);
    json.put("elapsed_ms", elapsed.toMillis());
  }

  private static void versions(ArrayNode json, List<Version> versions) {
    versions.forEach(version -> json.add(version.toString()));
  }

  private static @Nullable String text(@Nullable Version version) {
    return version == null ? null : version.toString();
  }
}
