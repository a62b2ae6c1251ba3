package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.survey.FleetScope;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows what a run would do, schema by schema, and whether it would succeed. Confined to one
 * command's run.
 */
final class DryRun {

  private final Work work;
  private final PrintWriter out;
  private final boolean json;
  private final List<Schema> schemas = new ArrayList<>();
  private boolean publicPending;
  private boolean publicFailed;
  private boolean tenantFailed;
  private boolean leftAlone;

  DryRun(Work work, PrintWriter out, boolean json) {
    this.work = work;
    this.out = out;
    this.json = json;
  }

  /** The JSON of a dry run. */
  @JsonPropertyOrder({"dry_run", "schemas"})
  record Document(@JsonProperty("dry_run") boolean dryRun, List<Schema> schemas) {}

  /** The JSON of one schema; unchecked where the server can't undo what was tried. */
  @JsonPropertyOrder({"tenant", "schema", "steps", "checked", "not_tried", "error", "sql"})
  record Schema(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String tenant,
      String schema,
      List<String> steps,
      boolean checked,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> notTried,
      @Nullable String error,
      String sql) {}

  /** Rehearses; the exit code is that of a run that comes to the same. */
  int of(FleetScope scope, Goal goal) throws SQLException {
    work.migrator()
        .checks()
        .rehearseAll(work.changelog(), work.migrator().tenants().schemas(scope), goal, this::take);
    if (json) {
      out.println(JsonText.of(new Document(true, schemas)));
    } else if (tenantFailed && publicPending) {
      out.println(
          "-- Each schema was tried by itself: what public's pending migrations bring wasn't"
              + " there when the tenants' were tried.");
    }
    out.flush();
    if (publicFailed) {
      return ExitCode.FAILED;
    }
    if (!tenantFailed) {
      return leftAlone ? ExitCode.FAILED : ExitCode.DONE;
    }
    return FleetCommand.appliesMigrations(goal) ? ExitCode.TENANT_FAILED : ExitCode.FAILED;
  }

  private void take(Rehearsal rehearsal) {
    boolean ofPublic = rehearsal.schema().isPublic();
    boolean failed = rehearsal.error() != null;
    publicPending |= ofPublic && !rehearsal.steps().isEmpty();
    publicFailed |= failed && ofPublic;
    boolean unmanaged = rehearsal.unmanaged() != null;
    tenantFailed |= failed && !ofPublic && !unmanaged;
    leftAlone |= unmanaged;
    if (json) {
      schemas.add(documented(rehearsal));
    } else {
      print(rehearsal);
    }
  }

  private static Schema documented(Rehearsal rehearsal) {
    return new Schema(
        rehearsal.schema().tenant(),
        rehearsal.schema().schema(),
        rehearsal.steps().stream()
            .map(step -> "%s %s %s".formatted(step.action(), step.version(), step.name()))
            .toList(),
        rehearsal.checked(),
        rehearsal.notTried(),
        rehearsal.error(),
        rehearsal.sql());
  }

  private void print(Rehearsal rehearsal) {
    String verdict =
        rehearsal.error() != null
            ? (rehearsal.unmanaged() == null ? "would fail: " : "would be left alone: ")
                + rehearsal.error()
            : rehearsal.steps().isEmpty()
                ? "nothing to do"
                : rehearsal.checked() ? "would succeed" : "not tried, this server can't undo it";
    out.println("-- %s: %s".formatted(rehearsal.schema(), verdict));
    rehearsal.notTried().forEach(what -> out.println("--   " + what));
    if (!rehearsal.sql().isEmpty()) {
      out.println(rehearsal.sql());
    }
  }
}
