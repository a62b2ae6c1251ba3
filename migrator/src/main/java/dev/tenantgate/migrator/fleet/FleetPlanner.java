package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.Canary;
import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.fleet.FleetStage.Kind;
import dev.tenantgate.migrator.fleet.RunRefusedException.Reason;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.RegistryRepair;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.RunLog;
import dev.tenantgate.migrator.history.RunLog.Progress;
import dev.tenantgate.migrator.lease.LeaseRows;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.survey.RegistryReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plans a run over many schemas: from what their histories say, or as a run that was left
 * unfinished had planned it; and records the plan. Confined to one thread.
 */
final class FleetPlanner {

  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private final SchemaContext context;
  private final FleetReader reader;
  private final RegistryReader registry;
  private final FleetRequest request;
  private final RolloutSettings rollout;
  private final IntConsumer counted;
  private final Consumer<SchemaOutcome> settled;
  private final Predicate<Duration> pause;
  private final String goal;
  private final String scope;
  private final String digest;

  /**
   * The result of planning.
   *
   * @param plan what there is to do
   * @param survey what was seen of the schemas in it
   * @param ledger where the plan is kept; null if it isn't
   * @param about the same in short
   * @param stop why nothing of it may be begun; null if it may
   */
  record Planned(
      FleetPlan plan,
      FleetSurvey survey,
      @Nullable FleetLedger ledger,
      PlannedFleet about,
      @Nullable FleetStop stop) {}

  /**
   * Makes a planner.
   *
   * @param counted told how many schemas there are
   * @param settled told of those that needn't be tried
   * @param pause waits for so long, or until the run is cancelled; whether it is
   */
  FleetPlanner(
      SchemaContext context,
      FleetReader reader,
      RegistryReader registry,
      FleetRequest request,
      RolloutSettings rollout,
      IntConsumer counted,
      Consumer<SchemaOutcome> settled,
      Predicate<Duration> pause) {
    this.context = context;
    this.reader = reader;
    this.registry = registry;
    this.request = request;
    this.rollout = rollout;
    this.counted = counted;
    this.settled = settled;
    this.pause = pause;
    this.goal = GoalText.of(request.goal());
    this.scope = GoalText.of(request.scope());
    this.digest = GoalText.digest(request.changelog());
  }

  /**
   * Plans.
   *
   * @throws RunRefusedException if it can't be begun as it was asked for
   */
  Planned plan() throws SQLException {
    RecordedRun unfinished = request.resumption() == Resumption.NONE ? null : unfinished();
    return unfinished == null ? anew() : rest(unfinished);
  }

  private Planned anew() throws SQLException {
    List<SchemaRef> schemas = reader.names().schemas(request.scope());
    requireCanaries(schemas);
    counted.accept(schemas.size());
    FleetSurvey survey = new FleetSurvey(request, settled, null);
    look(schemas, survey);
    List<SchemaRef> first = canaries(schemas, survey);
    Set<SchemaRef> pending = new HashSet<>(survey.pending());
    FleetStop stop = null;
    if (survey.failed().contains(SchemaRef.PUBLIC)
        || survey.leftAlone().contains(SchemaRef.PUBLIC)) {
      stop = FleetStop.PUBLIC_FAILED;
    } else if (!pending.containsAll(first)) {
      stop = FleetStop.CANARY_FAILED;
    }
    FleetPlan plan =
        FleetPlan.of(
            survey.pending(),
            first.stream().filter(pending::contains).toList(),
            rollout,
            request.goal().beginsWithPublic());
    boolean worthKeeping = plan.schemas().size() > 1 && stop == null;
    FleetLedger ledger =
        worthKeeping
            ? FleetLedger.begin(
                context, new RunLog.Beginning(goal, scope, digest, Sessions.by()), plan.rows())
            : null;
    List<Long> replaces = replaceUnfinished(ledger);
    return new Planned(plan, survey, ledger, about(plan, ledger, false, replaces), stop);
  }

  /**
   * Reads the histories, as far as they have changed. Since all of them pass by, a run over all
   * tenants holds the registry against them as well; what is about to be migrated writes its row
   * itself.
   */
  private void look(List<SchemaRef> schemas, FleetSurvey survey) throws SQLException {
    boolean all = !(request.scope() instanceof FleetScope.Only);
    // First of all: a token that is seen has to be at least as old as the history that goes with
    // it.
    seeLeases(survey);
    List<RegistryRow> rows = all ? registry.rows() : List.of();
    HistoryMarks marks = all ? registry.marks() : HistoryMarks.NONE;
    RegistryRepair repair = new RegistryRepair(rows, marks);
    survey.marks(marks);
    registry.surveyChanged(
        schemas,
        rows,
        marks,
        history -> {
          if (!survey.take(history, false) && all) {
            repair.take(history);
          }
        });
    if (all) {
      registry.write(repair);
    }
  }

  private void seeLeases(FleetSurvey survey) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      survey.leases(LeaseRows.tokens(connection));
    }
  }

  private static PlannedFleet about(
      FleetPlan plan, @Nullable FleetLedger ledger, boolean resumed, List<Long> replaces) {
    return new PlannedFleet(
        ledger == null ? null : ledger.id(),
        resumed,
        replaces,
        plan.schemas().size(),
        plan.stages().size());
  }

  /** Where some were asked for by name, a run of all goes nowhere without them. */
  private void requireCanaries(List<SchemaRef> schemas) {
    if (request.scope() instanceof FleetScope.Only) {
      return;
    }
    Set<String> tenants =
        schemas.stream()
            .filter(schema -> !schema.isPublic())
            .map(schema -> String.valueOf(schema.tenant()))
            .collect(Collectors.toSet());
    for (String canary : rollout.canary().tenants()) {
      if (!tenants.contains(canary)) {
        throw new RunRefusedException(
            Reason.NO_SUCH_CANARY, "there is no tenant " + canary + " to be the canary");
      }
    }
  }

  /** The canaries among those to be tried and those whose failure stands. */
  private List<SchemaRef> canaries(List<SchemaRef> schemas, FleetSurvey survey) {
    Canary canary = rollout.canary();
    Set<SchemaRef> lagging = new HashSet<>(survey.pending());
    lagging.addAll(survey.failed());
    lagging.remove(SchemaRef.PUBLIC);
    if (canary.tenants().isEmpty()) {
      return schemas.stream().filter(lagging::contains).limit(canary.number()).toList();
    }
    // Chosen by name, one that is left alone doesn't say that others may go on.
    lagging.addAll(survey.leftAlone());
    lagging.remove(SchemaRef.PUBLIC);
    Map<String, SchemaRef> byTenant = new LinkedHashMap<>();
    lagging.forEach(schema -> byTenant.put(String.valueOf(schema.tenant()), schema));
    return canary.tenants().stream()
        .filter(byTenant::containsKey)
        .map(tenant -> byTenant.get(tenant))
        .toList();
  }

  /** Lets unfinished runs of the same kind count as replaced by this one. */
  List<Long> replaceUnfinished(@Nullable FleetLedger by) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.exists(connection)
          ? RunLog.replace(connection, goal, scope, by == null ? 0 : by.id())
          : List.of();
    }
  }

  /** The run to be gone on with; null if there is none. */
  private @Nullable RecordedRun unfinished() throws SQLException {
    long deadline = System.nanoTime() + context.settings().leaseTimeout().plusSeconds(1).toNanos();
    while (true) {
      RecordedRun last = last();
      if (last == null || last.state() != RecordedRun.State.RUNNING) {
        return last != null && last.isUnfinished() ? last : null;
      }
      // It may have been killed but a moment ago; then it can't extend what it holds.
      boolean ours = last.holder().equals(context.leases().holder());
      if (ProcessName.isGone(last.holder())) {
        try (Connection connection = context.connections().borrow()) {
          RunLog.expire(connection, last.id(), last.holder());
        }
      } else if (ours || System.nanoTime() >= deadline || pause.test(LOOK_AGAIN)) {
        throw goingOn(last);
      }
    }
  }

  private static RunRefusedException goingOn(RecordedRun run) {
    return new RunRefusedException(
        Reason.GOING_ON,
        "run %d (%s) is going on in %s".formatted(run.id(), run.goal(), run.holder()));
  }

  private @Nullable RecordedRun last() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.read(connection).stream()
          .filter(run -> run.goal().equals(goal) && run.scope().equals(scope))
          .findFirst()
          .orElse(null);
    }
  }

  private Planned rest(RecordedRun run) throws SQLException {
    if (!run.changelog().equals(digest) && request.resumption() != Resumption.CHANGED) {
      throw new RunRefusedException(
          Reason.CHANGED,
          "migrations were changed since run %d (%s) began at %s"
              .formatted(run.id(), run.goal(), run.startedAt()));
    }
    List<RunLog.Row> rows;
    try (Connection connection = context.connections().borrow()) {
      if (!RunLog.claim(
          connection, run.id(), context.leases().holder(), context.settings().leaseTimeout())) {
        throw goingOn(run);
      }
      rows = RunLog.plan(connection, run.id());
    }
    counted.accept(rows.size());
    FleetLedger ledger = FleetLedger.resume(context, run.id(), rows);
    FleetSurvey survey =
        new FleetSurvey(
            request,
            outcome -> {
              ledger.ended(outcome);
              settled.accept(outcome);
            },
            run.startedAt());
    try {
      takeRest(rows, ledger, survey);
    } catch (SQLException | RuntimeException e) {
      ledger.end(RecordedRun.State.STOPPED, FleetStop.NOT_ALL_REACHED.toString());
      throw e;
    }
    FleetPlan plan = FleetPlan.rest(rows, new HashSet<>(survey.pending()));
    return new Planned(plan, survey, ledger, about(plan, ledger, true, List.of()), null);
  }

  private void takeRest(List<RunLog.Row> rows, FleetLedger ledger, FleetSurvey survey)
      throws SQLException {
    Set<SchemaRef> mustSucceed = new HashSet<>();
    List<SchemaRef> left = new ArrayList<>();
    for (RunLog.Row row : rows) {
      boolean waitedFor = FleetPlan.kind(row.stage()) != Kind.WAVE;
      if (row.progress() == Progress.DONE) {
        settled.accept(new SchemaOutcome.UpToDate(row.schema()));
      } else if (row.progress() == Progress.FAILED && !waitedFor) {
        String error = row.error() == null ? "its migration failed" : row.error();
        settled.accept(
            new SchemaOutcome.Failed(
                row.schema(), List.<Version>of(), null, null, error, Duration.ZERO));
      } else if (row.progress() != Progress.GONE) {
        left.add(row.schema());
        if (waitedFor) {
          mustSucceed.add(row.schema());
        }
      }
    }
    seeLeases(survey);
    reader.survey(
        left,
        history -> {
          if (history.exists()) {
            survey.take(history, mustSucceed.contains(history.schema()));
          } else {
            ledger.gone(history.schema());
          }
        });
  }
}
