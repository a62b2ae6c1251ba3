package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.gate.Admission.Admitted;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.gate.Verdict.Settled;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.HistorySnapshot;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges a session by what is known at the moment: reads, changes nothing, never blocks, allocates
 * nothing where all is as required. Thread-safe.
 */
final class AdmissionRule {

  private final TenantDirectory directory;
  private final Predicate<SchemaRef> upgrading;
  private final Drains drains;
  private final BiConsumer<SchemaRef, Target> onlineLag;

  /**
   * Makes the rule.
   *
   * @param directory what is known about schemas
   * @param upgrading which of them are being upgraded here
   * @param drains what keeps transactions from beginning although their schemas are as required
   * @param onlineLag told of each schema that a session was let through to although it lags, since
   *     what it lacks is safe to be applied meanwhile
   */
  AdmissionRule(
      TenantDirectory directory,
      Predicate<SchemaRef> upgrading,
      Drains drains,
      BiConsumer<SchemaRef, Target> onlineLag) {
    this.directory = directory;
    this.upgrading = upgrading;
    this.drains = drains;
    this.onlineLag = onlineLag;
  }

  Verdict judge(AdmissionRequest request, GateRules rules) {
    Target target =
        request.requirement().isNone() ? rules.required() : rules.targetFor(request.requirement());
    ExternalTool external = rules.changelog().external();
    if (external != null && !request.requirement().isNone() && !external.countsInNumbers()) {
      return new Settled(Rejections.noNumbers(external));
    }
    List<GatedSchema> schemas = request.route().schemas();
    String warning = null;
    for (int i = 0; i < schemas.size(); i++) {
      GatedSchema gated = schemas.get(i);
      if (drains.isDraining(gated.schema())) {
        return drained(request, rules, target, gated.schema());
      }
      HistorySnapshot snapshot = directory.tryLookup(gated.schema());
      if (snapshot == null) {
        return new MustWait(gated.schema(), Need.Lookup.INSTANCE, null);
      }
      TenantState state = snapshot.state(rules.changelog(), target);
      if (state instanceof TenantState.Current && request.requirement().isNone()) {
        continue;
      }
      Finding finding = new Case(request, rules, target, gated, snapshot, state).find();
      if (finding instanceof Stop stop) {
        // Nobody tells of another tool's run: before anybody is turned away, it is looked at again.
        return external != null && stop.verdict instanceof Settled && directory.isStale(snapshot)
            ? new MustWait(gated.schema(), Need.Lookup.INSTANCE, null)
            : stop.verdict;
      }
      if (finding instanceof Warn warn && warning == null) {
        warning = warn.text;
      }
    }
    if (!drains.hasLease() && !schemas.isEmpty()) {
      return withoutLease(rules, schemas.get(0).schema());
    }
    return warning == null
        ? Settled.CURRENT
        : new Settled(new Admitted(warning, AdmissionReason.WARNED));
  }

  private Verdict drained(
      AdmissionRequest request, GateRules rules, Target target, SchemaRef schema) {
    if (rules.gate().policy() == Policy.REJECT) {
      return new Settled(Rejections.draining(schema, request.countsFor()));
    }
    HistorySnapshot snapshot = directory.tryLookup(schema);
    TenantState state = snapshot == null ? null : snapshot.state(rules.changelog(), target);
    return new MustWait(schema, Need.Drain.INSTANCE, state);
  }

  /** A gateway that has just started is waited for, as a history is that isn't read yet. */
  private Verdict withoutLease(GateRules rules, SchemaRef schema) {
    return rules.gate().policy() == Policy.REJECT && drains.isCutOff()
        ? new Settled(Rejections.cutOff(schema, rules.database()))
        : new MustWait(schema, Need.Contact.INSTANCE, null);
  }

  /**
   * Where the schemas of a session stand, as a number that changes with each of their migrations;
   * {@link Gate#NOT_CURRENT} unless all are known and as required.
   */
  long generation(AdmissionRequest request, GateRules rules) {
    List<GatedSchema> schemas = request.route().schemas();
    boolean plain = request.requirement().isNone();
    if (!drains.mayBegin(schemas) || (!plain && judge(request, rules) != Settled.CURRENT)) {
      return Gate.NOT_CURRENT;
    }
    long generation = 0;
    for (int i = 0; i < schemas.size(); i++) {
      HistorySnapshot snapshot = directory.tryLookup(schemas.get(i).schema());
      if (snapshot == null
          || (plain
              && !(snapshot.state(rules.changelog(), rules.required())
                  instanceof TenantState.Current))) {
        return plain && snapshot != null && judge(request, rules) == Settled.CURRENT
            ? generation(schemas)
            : Gate.NOT_CURRENT;
      }
      generation = (31 * generation + snapshot.generation()) & Long.MAX_VALUE;
    }
    return generation;
  }

  /** The same where the schemas need not be current. */
  long generation(List<GatedSchema> schemas) {
    long generation = 0;
    for (int i = 0; i < schemas.size(); i++) {
      HistorySnapshot snapshot = directory.tryLookup(schemas.get(i).schema());
      generation =
          (31 * generation + (snapshot == null ? 0 : snapshot.generation())) & Long.MAX_VALUE;
    }
    return generation;
  }

  /** The findings about one schema. */
  private sealed interface Finding {}

  /** Nothing stands in the way. */
  private record Fine() implements Finding {
    static final Fine INSTANCE = new Fine();
  }

  /** The session may pass, with a warning. */
  private record Warn(String text) implements Finding {}

  /** The session stops at this schema. */
  private record Stop(Verdict verdict) implements Finding {
    static Stop at(Admission.Rejected rejected) {
      return new Stop(new Settled(rejected));
    }
  }

  /** One schema of one session: everything but the quick way through. */
  private final class Case {

    private final AdmissionRequest request;
    private final GateRules rules;
    private final Target target;
    private final GatedSchema gated;
    private final HistorySnapshot snapshot;
    private final TenantState state;

    Case(
        AdmissionRequest request,
        GateRules rules,
        Target target,
        GatedSchema gated,
        HistorySnapshot snapshot,
        TenantState state) {
      this.request = request;
      this.rules = rules;
      this.target = target;
      this.gated = gated;
      this.snapshot = snapshot;
      this.state = state;
    }

    Finding find() {
      if (state instanceof TenantState.Absent) {
        return absent();
      }
      Version highest = snapshot.highestApplied();
      Version max = request.requirement().max();
      if (max != null && highest != null && highest.compareTo(max) > 0) {
        return Stop.at(Rejections.newerThanAllowed(gated.schema(), highest, max));
      }
      Finding byState = byState();
      return byState instanceof Fine ? min(highest) : byState;
    }

    private Finding byState() {
      return switch (state.name()) {
        case CURRENT -> Fine.INSTANCE;
        case AHEAD ->
            rules.gate().ahead() == PassOrReject.PASS
                ? Fine.INSTANCE
                : Stop.at(Rejections.ahead(state, snapshot.highestApplied(), rules.latest()));
        case BEHIND, MIGRATING -> behind();
        case FAILED -> failed();
        case UNMANAGED -> unmanaged();
        case UNKNOWN -> Stop.at(Rejections.unreadable(gated.schema(), state.status().error()));
      };
    }

    /** Nothing comes by waiting: somebody has to say what the schema has. */
    private Finding unmanaged() {
      return rules.gate().policy() == Policy.WARN
          ? new Warn(Rejections.unmanagedText(state, request.countsFor()))
          : Stop.at(Rejections.unmanaged(state, request.countsFor()));
    }

    private Finding absent() {
      // A schema that is being made can't be missed by those who come a moment early.
      if (upgrading.test(gated.schema()) && rules.gate().policy() == Policy.HOLD) {
        return new Stop(new MustWait(gated.schema(), Need.Join.INSTANCE, state));
      }
      boolean pass =
          gated.schema().isPublic()
              ? rules.changelog().of(gated.schema()).isEmpty()
              : gated.optional() || rules.unknown() == PassOrReject.PASS;
      return pass ? Fine.INSTANCE : Stop.at(Rejections.unknownTenant(gated.schema()));
    }

    /**
     * Whether all that it lacks is safe to be applied while the application works. A connection
     * that asks for a version by itself waits for it all the same.
     */
    private boolean lacksOnlyWhatIsOnline() {
      List<Migration> pending = state.status().pending();
      return request.requirement().min() == null
          && !pending.isEmpty()
          && pending.stream().allMatch(Migration::isOnline);
    }

    private Finding behind() {
      if (lacksOnlyWhatIsOnline()) {
        onlineLag.accept(gated.schema(), target);
        return Fine.INSTANCE;
      }
      return switch (rules.gate().policy()) {
        case WARN -> new Warn(Rejections.lag(state, request.countsFor()));
        case REJECT -> Stop.at(Rejections.behind(state, request.countsFor()));
        case HOLD -> new Stop(new MustWait(gated.schema(), needOfLag(), state));
      };
    }

    private Need needOfLag() {
      if (upgrading.test(gated.schema()) || rules.trigger() != Trigger.MANUAL) {
        return new Need.Upgrade(target);
      }
      return new Need.Watch();
    }

    private Finding failed() {
      if (lacksOnlyWhatIsOnline()) {
        return Fine.INSTANCE;
      }
      return switch (rules.gate().policy()) {
        case WARN ->
            new Warn(Rejections.lag(state, request.countsFor()) + ", but its migration failed");
        case REJECT -> Stop.at(Rejections.failed(state, request.countsFor()));
        // Tried once more right now, because somebody asked for it: worth waiting for.
        case HOLD ->
            upgrading.test(gated.schema())
                ? new Stop(new MustWait(gated.schema(), Need.Join.INSTANCE, state))
                : Stop.at(Rejections.failed(state, request.countsFor()));
      };
    }

    /**
     * A version that the changelog doesn't know can only be there already. Its scope isn't known
     * then, so each tenant on the path must have it.
     */
    private Finding min(@Nullable Version highest) {
      Version min = request.requirement().min();
      boolean here = !gated.schema().isPublic() || request.route().schemas().size() == 1;
      if (min == null || rules.knows(min) || !here) {
        return Fine.INSTANCE;
      }
      if (highest != null && highest.compareTo(min) >= 0) {
        return Fine.INSTANCE;
      }
      return rules.gate().policy() == Policy.WARN
          ? new Warn(Rejections.noSuchVersionText(gated.schema(), highest, min, rules.latest()))
          : Stop.at(Rejections.noSuchVersion(gated.schema(), highest, min, rules.latest()));
    }
  }
}
