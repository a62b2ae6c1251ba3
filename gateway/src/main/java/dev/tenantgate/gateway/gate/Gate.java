package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.gate.Admission.Decision;
import dev.tenantgate.gateway.gate.Admission.Held;
import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.gate.GateEvents.Answer;
import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.gateway.gate.Hold.Phase;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.gate.Verdict.Settled;
import dev.tenantgate.gateway.tenant.LookupFailedException;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether sessions may go on, holds those that have to wait, and sees to it that what they
 * wait for happens.
 *
 * <p>A session whose schemas are all known and as required is answered from memory: no lock, no
 * round trip. Any other is judged, put into the queue of the first schema that isn't as required,
 * and <em>judged again</em>: what happened to the schema between the verdict and the queue has
 * woken nobody. From then on whatever happens to the schema (a history was read, a migration ended,
 * the rules changed) wakes those in its queue, and each is judged anew. For every schema that
 * somebody waits for, something is under way that will wake them: a lookup, an upgrade, or a look
 * at it in a quarter of a second.
 *
 * <p>Thread-safe. Nothing here blocks; wake-ups run on the thread that brings them.
 */
public final class Gate implements AutoCloseable {

  /** No schema's generation. */
  public static final long NOT_CURRENT = Long.MIN_VALUE;

  /** No number of changes. */
  private static final long CLOSED = -1;

  private final TenantDirectory directory;
  private final HoldTimer timer;
  private final LongSupplier nanoTime;
  private final GateEvents events;
  private final Drains drains;
  private final OnlineUpgrades onlineUpgrades;
  private final HoldTelling telling;
  private final AdmissionRule rule;
  private final HoldQueues queues = new HoldQueues();
  private final ReleasePacer pacer;
  private final HoldResolver resolver;
  private volatile GateRules rules;
  private volatile boolean closed;

  /**
   * Opens a gate.
   *
   * @param settings the rules
   * @param changelog all migrations
   * @param directory what is known about schemas
   * @param upgrades migrates them; this gate listens to it from now on
   * @param timer ends holds that last too long; owned by the caller
   * @param nanoTime the clock
   * @param drains what keeps transactions from beginning; this gate listens to it from now on
   * @param events told of what happens
   */
  public Gate(
      Settings settings,
      Changelog changelog,
      TenantDirectory directory,
      UpgradeService upgrades,
      HoldTimer timer,
      LongSupplier nanoTime,
      Drains drains,
      GateEvents events) {
    this.rules = GateRules.of(settings, changelog);
    this.directory = directory;
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.events = events;
    this.drains = drains;
    this.telling = new HoldTelling(upgrades);
    this.onlineUpgrades = new OnlineUpgrades(upgrades, nanoTime);
    this.rule =
        new AdmissionRule(
            directory,
            upgrades::isUnderWay,
            drains,
            (schema, target) -> onlineUpgrades.lags(rules, schema, target));
    this.pacer = new ReleasePacer(timer, nanoTime, settings.gate().releaseRate());
    this.resolver = new HoldResolver(directory, upgrades, queues, timer, this::wakeAfterRead);
    upgrades.listen(this::changed, this::upgradeEnded);
    drains.hold(settings.gate().policy() != Policy.WARN);
    drains.listen(new DrainEnds(directory, drains, this::wakeAfterRead, this::wakeAll));
  }

  /**
   * Answers a session. With {@link Held} the listener will be called, once, unless the ticket is
   * cancelled before; with anything else never.
   */
  public Admission admit(AdmissionRequest request, AdmissionListener listener) {
    if (closed && !request.begun()) {
      return answer(Rejections.shutdown());
    }
    Verdict verdict = rule.judge(request, rules);
    if (verdict instanceof Settled settled) {
      return answer(settled.decision());
    }
    return closed ? answer(Rejections.shutdown()) : hold(request, listener, (MustWait) verdict);
  }

  /**
   * Where the schemas of a session stand, as a number that changes with each of their migrations.
   * Answered from memory, for a session that was admitted before and begins another transaction.
   *
   * @return {@link #NOT_CURRENT} unless all are known and as required; {@link #admit} decides then
   */
  public long generation(AdmissionRequest request) {
    return closed ? NOT_CURRENT : rule.generation(request, rules);
  }

  /** Changes whenever an answer of {@link #generation} may; not because knowledge grows old. */
  public long changes() {
    return closed ? CLOSED : directory.changes();
  }

  /** How many migrations have become known, of any schema. */
  public long migrations() {
    return directory.migrations();
  }

  /**
   * Whether, as far as drains and this gateway's membership go, a transaction may begin; which may
   * change at any moment, and is no change of {@link #changes}.
   */
  public boolean isUnmarked(AdmissionRequest request) {
    return drains.mayBegin(request.route().schemas());
  }

  /**
   * The same for one that {@link #admit} has let through whether its schemas are current or not.
   */
  public long generationAsItIs(AdmissionRequest request) {
    return rule.generation(request.route().schemas());
  }

  /**
   * Whether a session that was admitted before may begin another transaction: whether all that it
   * needs is still as required. Where the gateway is by itself, what isn't known anymore is looked
   * up for the next one. Counts nothing, and keeps nobody from going on because the gate closes.
   */
  public boolean mayGoOn(AdmissionRequest request) {
    // Once the gate is closed sessions end with their transactions; a drain is heeded until then.
    return closed ? drains.mayBegin(request.route().schemas()) : mayBeginNow(request);
  }

  /**
   * Whether a session that was admitted may begin its transaction at this very moment: the word was
   * given on another thread, and its schema may have been marked since, or, had this process been
   * asleep, even migrated.
   */
  public boolean mayBeginNow(AdmissionRequest request) {
    Verdict verdict = rule.judge(request, rules);
    if (verdict instanceof MustWait wait) {
      if (wait.need() instanceof Need.Lookup && !drains.isMember()) {
        directory.lookup(wait.on());
        return true;
      }
      return false;
    }
    return ((Settled) verdict).decision() instanceof Admission.Admitted;
  }

  /** Takes new rules; those who are held are judged by them at once. */
  public void reconfigure(Settings settings, Changelog changelog) {
    rules = GateRules.of(settings, changelog);
    directory.reconfigure(settings.gate().recheckInterval());
    pacer.reconfigure(settings.gate().releaseRate());
    drains.hold(settings.gate().policy() != Policy.WARN);
    wakeAll();
  }

  private void wakeAll() {
    for (SchemaRef schema : queues.wanted()) {
      wake(schema, null);
    }
  }

  /** How many sessions are held. */
  public int held() {
    return queues.count();
  }

  /** How many sessions are held of a tenant; of {@code public}, those that name no tenant. */
  public int held(SchemaRef tenant) {
    return queues.countOf(tenant);
  }

  /** Whether nobody is admitted any more, because the gateway is shutting down. */
  public boolean isClosed() {
    return closed;
  }

  /** Rejects all who are held, and all who come but to go on with what they have begun. */
  @Override
  public void close() {
    closed = true;
    for (Hold hold : queues.close()) {
      decide(hold, Rejections.shutdown());
    }
    pacer.close();
  }

  private Decision answer(Decision decision) {
    events.answered(Answer.of(decision), decision.reason());
    return decision;
  }

  private Admission hold(AdmissionRequest request, AdmissionListener listener, MustWait wait) {
    GateRules current = rules;
    Hold hold = new Hold(request, listener, wait.on(), nanoTime.getAsLong(), this);
    Rejected refused = queues.enter(hold, current.gate().maxHeld());
    if (refused != null) {
      return answer(refused);
    }
    Verdict settled = settle(hold);
    Decision atOnce =
        settled instanceof Settled decided
            ? decided.decision()
            : overTenantLimit(hold, (MustWait) settled);
    if (atOnce != null && hold.end(Phase.DECIDED)) {
      queues.leave(hold);
      return answer(atOnce);
    }
    events.answered(Answer.HELD, wait.need().reason());
    events.holdStarted(hold.countsFor(), wait.on());
    hold.arm(timer.after(current.gate().holdTimeout(), () -> timedOut(hold)));
    if (atOnce == null && settled instanceof MustWait still) {
      resolver.of(request, still, rules);
    }
    return new Held(hold, wait.need().reason());
  }

  /**
   * Whether too many of the tenant are held already. A session that waits for a history to be read,
   * or the gateway to be in contact, isn't counted: a thousand may come at once to a tenant that
   * has nothing to wait for.
   */
  private @Nullable Rejected overTenantLimit(Hold hold, MustWait wait) {
    return wait.need() instanceof Need.Lookup || wait.need() instanceof Need.Contact
        ? null
        : queues.count(hold, rules.gate().maxHeldPerTenant());
  }

  /** Judges a hold until the verdict is one for the queue it stands in, or a decision. */
  private Verdict settle(Hold hold) {
    while (true) {
      Verdict verdict = rule.judge(hold.request(), rules);
      if (!(verdict instanceof MustWait wait) || wait.on().equals(hold.on()) || !hold.isWaiting()) {
        return verdict;
      }
      queues.move(hold, wait.on());
    }
  }

  /**
   * Another process changed the schema's history: those who wait for it are judged by what it is
   * now.
   */
  void changedElsewhere(SchemaRef schema) {
    directory.refresh(schema).whenComplete((snapshot, error) -> wakeAfterRead(schema, error));
  }

  /** Something else is known of the schema: those who wait for it are judged by that. */
  void changed(SchemaRef schema) {
    wake(schema, null);
  }

  /** Whether sessions wait for the schema. */
  boolean isAwaited(SchemaRef schema) {
    return queues.countWaitingFor(schema) > 0;
  }

  private void wakeAfterRead(SchemaRef schema, @Nullable Throwable error) {
    if (LookupFailedException.isOutage(error) && !closed) {
      resolver.watch(schema); // an outage is waited through, as long as sessions may be held
      return;
    }
    wake(schema, error == null ? null : WakeReason.lookupFailed(schema, rules.database(), error));
  }

  private void upgradeEnded(Upgrade upgrade, SchemaOutcome outcome) {
    onlineUpgrades.ended(upgrade.schema(), outcome);
    if (AfterUpgrade.isTriedAgain(outcome, closed)) {
      resolver.watch(upgrade.schema());
      return;
    }
    wake(upgrade.schema(), new AfterUpgrade(upgrade, outcome, rules, closed));
  }

  /** Judges all who wait for the schema, first come first. */
  private void wake(SchemaRef schema, @Nullable WakeReason cause) {
    for (Hold hold : queues.waitingFor(schema)) {
      Verdict verdict = settle(hold);
      if (verdict instanceof Settled settled) {
        decide(hold, settled.decision());
        continue;
      }
      MustWait wait = (MustWait) verdict;
      Rejected rejected =
          cause == null || !wait.on().equals(schema) ? null : cause.decide(hold.countsFor(), wait);
      if (rejected == null) {
        rejected = overTenantLimit(hold, wait);
      }
      if (rejected != null) {
        decide(hold, rejected);
      } else if (hold.isWaiting()) {
        resolver.of(hold.request(), wait, rules);
      }
    }
  }

  private void timedOut(Hold hold) {
    // Judged once more: a release that is about to come may as well come now.
    Verdict verdict = rule.judge(hold.request(), rules);
    decide(
        hold,
        verdict instanceof MustWait wait ? timeout(hold, wait) : ((Settled) verdict).decision());
  }

  private Decision timeout(Hold hold, MustWait wait) {
    Rejected rejected =
        Rejections.timeout(
            wait,
            hold.countsFor(),
            rules.database(),
            heldSince(hold),
            drains.isQuiet(wait.on()),
            directory.failure());
    return drains.isReadOnly() && wait.need() instanceof Need.Upgrade
        ? Rejections.readOnly(rejected)
        : rejected;
  }

  private void decide(Hold hold, Decision decision) {
    if (!hold.end(Phase.DECIDED)) {
      return;
    }
    queues.leave(hold);
    Decision told =
        decision.equals(Admission.Admitted.CURRENT) ? Admission.Admitted.UPGRADED : decision;
    events.holdEnded(
        hold.countsFor(),
        told instanceof Admission.Admitted ? HoldEnd.ADMITTED : HoldEnd.REJECTED,
        heldSince(hold),
        hold.span());
    answer(told);
    if (told instanceof Admission.Admitted) {
      pacer.release(() -> hold.deliver(told));
    } else {
      hold.deliver(told);
    }
  }

  boolean cancel(Hold hold) {
    if (!hold.end(Phase.CANCELLED)) {
      return false;
    }
    queues.leave(hold);
    events.holdEnded(hold.countsFor(), HoldEnd.CANCELLED, heldSince(hold), hold.span());
    return true;
  }

  HoldProgress progress(Hold hold) {
    Verdict verdict = rule.judge(hold.request(), rules);
    SchemaRef on = verdict instanceof MustWait wait ? wait.on() : hold.on();
    return telling.progress(
        on, verdict, rules.trigger(), heldSince(hold), Math.max(0, queues.countWaitingFor(on) - 1));
  }

  private Duration heldSince(Hold hold) {
    return Duration.ofNanos(nanoTime.getAsLong() - hold.startedNanos());
  }
}
