package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetRequest;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.fleet.RunRefusedException;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code tenantgate migrate adopt}: takes over the histories that another tool left. */
@Command(
    name = "adopt",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate adopt --tenant acme --dry-run",
    description = {
      "Takes over the history that another migration tool keeps. Its entries are recorded as",
      "applied, at their times, and its table gets another name. Nothing is run.",
      "Each schema is taken over in one transaction, or not at all. Entries without a migration",
      "are listed. Run it again to go on; --undo gives all back."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class AdoptCommand extends MigrationCommand {

  @Mixin private SchemaSelection selection = new SchemaSelection();

  @Option(names = "--all", description = "Every tenant and public. This is so without --tenant.")
  private boolean all;

  @Option(
      names = {"--dry-run", "-dry-run"},
      description = "Shows what is taken for what; tries it in a transaction that is rolled back.")
  private boolean dryRun;

  @Option(
      names = "--from",
      paramLabel = "SCHEMA.TABLE",
      description = {
        "The history to go by, where a schema has several, or where one is for all schemas and",
        "says nothing but numbers."
      })
  private @Nullable String from;

  @Option(
      names = "--leave-out",
      paramLabel = "ENTRY",
      description = {
        "An entry of the old history, or a group of them such as an app of Django's, that no",
        "migration is needed for; may be given more than once."
      })
  private List<String> leftOut = new ArrayList<>();

  @Option(
      names = "--as",
      paramLabel = "V",
      description = {
        "The schema has every migration up to V, by whatever names its history has: for tools"
            + " whose",
        "own migrations are no SQL files."
      })
  private @Nullable String as;

  @Option(
      names = "--keep-view",
      description = {
        "The application finds a view by the old table's name, of that shape and always true, that",
        "it can't write to."
      })
  private boolean view;

  @Option(
      names = "--undo",
      description = "Gives histories back to the tools that they were taken over from.")
  private boolean undo;

  @Option(
      names = "--force",
      description = "With --undo: also where migrations were run or taken back since.")
  private boolean force;

  @Override
  int run(Work work) throws SQLException {
    if (work.settings().migrations().tool().isExternal()) {
      throw new ParameterException(
          spec().commandLine(),
          "migrations.tool is external: that tool goes on, with its histories as they are; adopt"
              + " goes with migrations.tool: tenantgate");
    }
    FleetScope scope = selection.of(work);
    Goal goal = goal(work);
    if (dryRun) {
      return new DryRun(work, out(), json()).of(scope, goal);
    }
    List<FleetOutcome> outcomes;
    try {
      outcomes = adopt(work, scope, goal);
    } catch (RunRefusedException e) {
      err().println("tenantgate: " + e.getMessage());
      err().flush();
      return ExitCode.FAILED;
    }
    boolean changed = report(work, outcomes);
    boolean overlooked =
        tellOverlooked(
            work,
            scope instanceof FleetScope.Only
                ? EnumSet.of(Tell.FILES)
                : EnumSet.of(Tell.FILES, Tell.TENANTS));
    boolean succeeded = outcomes.stream().allMatch(FleetOutcome::succeeded);
    return succeeded && (changed || !overlooked) ? ExitCode.DONE : ExitCode.FAILED;
  }

  private List<FleetOutcome> adopt(Work work, FleetScope scope, Goal goal)
      throws SQLException, RunRefusedException {
    List<FleetOutcome> outcomes = new ArrayList<>();
    try (FleetDisplay display = FleetDisplay.of(out(), err(), json(), verbose())) {
      for (FleetScope part : parts(scope)) {
        outcomes.add(
            FleetCommand.untilSignal(
                work, new FleetRequest(work.changelog(), part, goal), display));
        if (outcomes.get(outcomes.size() - 1).stop() == FleetStop.CANCELLED) {
          break;
        }
      }
    }
    return outcomes;
  }

  /** Whether anything was changed. */
  private boolean report(Work work, List<FleetOutcome> outcomes) throws SQLException {
    List<String> tables =
        undo ? List.of() : work.migrator().histories().retireAdopted(work.changelog());
    AdoptReport report = AdoptReport.of(outcomes, undo, tables);
    if (json()) {
      out().println(JsonText.of(report));
    } else {
      report.print(out());
    }
    out().flush();
    return report.changed() > 0;
  }

  @Override
  void check() {
    selection.check();
    if (all && selection.isNarrowed()) {
      throw new ParameterException(
          spec().commandLine(), "--all and --tenant or --scope exclude each other");
    }
    if (force && !undo) {
      throw new ParameterException(spec().commandLine(), "--force goes with --undo");
    }
    if (undo && (from != null || as != null || view || !leftOut.isEmpty())) {
      throw new ParameterException(
          spec().commandLine(),
          "--undo knows what was taken over: no --from, --as, --leave-out, --keep-view");
    }
  }

  private Goal goal(Work work) throws SQLException {
    return undo
        ? new Goal.UndoAdopt(
            work.migrator().histories().adoptions().stream()
                .collect(Collectors.toMap(Adoption::schema, adoption -> adoption)),
            force)
        : new Goal.Adopt(
            from,
            leftOut,
            as == null ? null : Targets.known(spec(), "--as", as, work.changelog()),
            view);
  }

  /** Tenants first, each by itself; a table in public may tell of them as well. */
  private static List<FleetScope> parts(FleetScope scope) {
    return scope instanceof FleetScope.All
        ? List.of(new FleetScope.AllTenants(), new FleetScope.Only(List.of(SchemaRef.PUBLIC)))
        : List.of(scope);
  }
}
