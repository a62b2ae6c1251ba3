package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.plan.Dependencies;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.ObservedHistory;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaProgress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the schemas of a fleet's run that may share a transaction: those of equal history whose
 * leases were free when that was read, with migrations that {@linkplain GroupTerms#most fit} for
 * it. Thread-safe.
 */
final class FleetGroups implements StageRun.Groups {

  private final SchemaContext context;
  private final RunRegister register;
  private final FleetRequest request;
  private final int lanes;
  private final int most;
  private final FleetSurvey survey;
  private final MigrationListener listener;
  private final GroupTerms terms;
  private final GroupSize size;

  /** By the history that they are for. */
  private final Map<SchemaProgress, Integer> mostOfKind = new ConcurrentHashMap<>();

  /**
   * Prepares for a stage.
   *
   * @param lanes how many groups there are at once
   * @param most so many at most share a transaction: where failures are to stop the run soon, it is
   *     to be known soon that there are any
   */
  FleetGroups(
      SchemaContext context,
      RunRegister register,
      FleetRequest request,
      FleetSurvey survey,
      MigrationListener listener,
      int lanes,
      int most) {
    this.context = context;
    this.register = register;
    this.request = request;
    this.survey = survey;
    this.listener = listener;
    this.lanes = lanes;
    this.most = most;
    this.terms = GroupTerms.of(context.settings());
    this.size = new GroupSize(terms.aim());
  }

  @Override
  public int sizeFrom(SchemaRef first) {
    ObservedHistory.Ahead ahead = survey.seen(first).ahead();
    if (ahead == null
        || most <= 1
        || request.upgrader() != null
        || !context.sessions().registry().bookkeeping().takesLeases()
        || !mayBeGrouped(first)
        || context.backup().isAskedFor()) {
      return 1;
    }
    int mostOfThese =
        mostOfKind.computeIfAbsent(
            ahead.work().progress(), same -> mostOf(first, ahead.work().steps()));
    return mostOfThese <= 1 ? 1 : Math.min(size.next(), Math.min(most, mostOfThese));
  }

  private int mostOf(SchemaRef schema, List<Step> steps) {
    List<Migration> migrations = steps.stream().map(Step::about).filter(Objects::nonNull).toList();
    return new Dependencies(request.changelog(), schema, migrations).needPublic()
        ? 1
        : GroupTerms.most(steps, lanes);
  }

  @Override
  public boolean together(SchemaRef first, SchemaRef other) {
    ObservedHistory.Work work = workOf(first);
    return work != null && mayBeGrouped(other) && work.equals(workOf(other));
  }

  /** A group is run with one role, the account's. */
  private boolean mayBeGrouped(SchemaRef schema) {
    return !context.sessions().takesRole(schema) || context.sessions().isOwn(schema);
  }

  private ObservedHistory.@Nullable Work workOf(SchemaRef schema) {
    ObservedHistory.Ahead ahead = survey.seen(schema).ahead();
    return ahead == null ? null : ahead.work();
  }

  @Override
  public StageRun.BegunGroup begin(List<SchemaRef> schemas) {
    List<ObservedHistory.Ahead> seen =
        schemas.stream()
            .map(schema -> survey.seen(schema).ahead())
            .filter(Objects::nonNull)
            .toList();
    if (seen.size() != schemas.size()) {
      throw new IllegalArgumentException("there is nothing to do to all of " + schemas);
    }
    SchemaGroup group = new SchemaGroup(context, terms, size, listener, schemas, seen);
    register.add(group);
    group.start();
    return new StageRun.BegunGroup(group.result(), group::cancel);
  }
}
