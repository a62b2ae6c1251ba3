package dev.tenantgate.gateway.drain;

import dev.tenantgate.gateway.drain.OpenSessions.Wait;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainMark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One schema's drain at this gateway.
 *
 * <pre>
 *   DRAINING ──none under way──► QUIET, acknowledged
 *      │                           │
 *      └────────mark is off────────┴──► OVER
 * </pre>
 *
 * <p>Thread-safe.
 */
final class Drain {

  private static final Logger log = LoggerFactory.getLogger(Drain.class);

  /** The waiter is told of transactions that take longer. */
  private static final Duration SOME_TIME = Duration.ofMillis(50);

  /** The log names transactions that take longer. */
  private static final Duration LONG = Duration.ofSeconds(1);

  /** While transactions are being ended, those that are left are looked at so often. */
  private static final Duration AGAIN = Duration.ofMillis(100);

  private static final int NAMED = 10;

  /** Where it stands. */
  private enum Phase {
    DRAINING,
    QUIET,
    OVER
  }

  private final DrainMark mark;
  private final @Nullable SchemaRef schema;
  private final boolean holding;
  private final OpenSessions sessions;
  private final Scheduler later;
  private final Supplier<@Nullable DrainAnswers> answers;
  private final Wait wait;
  private final List<Runnable> timers = new ArrayList<>();
  private Phase phase = Phase.DRAINING;
  private boolean ending;

  Drain(
      DrainMark mark,
      @Nullable SchemaRef schema,
      boolean holding,
      OpenSessions sessions,
      Scheduler later,
      Supplier<@Nullable DrainAnswers> answers) {
    this.mark = mark;
    this.schema = schema;
    this.holding = holding;
    this.sessions = sessions;
    this.later = later;
    this.answers = answers;
    // Where nobody is held, or nothing is gated, there is nothing to wait for.
    SchemaRef waitedFor = schema == null || !holding ? new SchemaRef("", null) : schema;
    this.wait = new Wait(waitedFor, this::quiet);
  }

  @Nullable SchemaRef schema() {
    return schema;
  }

  String name() {
    return mark.schema();
  }

  long token() {
    return mark.token();
  }

  Drains.UnderWay describe() {
    return new Drains.UnderWay(
        name(), schema == null ? null : schema.tenant(), isQuiet(), mark.holder());
  }

  boolean isHolding() {
    return holding;
  }

  boolean isOf(String holder) {
    return mark.holder().equals(holder);
  }

  /** Whether that is what its holder says of it, and nobody else can. */
  boolean isProvenBy(String proof) {
    return proof.equals(mark.proof());
  }

  boolean isFor(DrainMark other) {
    return mark.token() == other.token();
  }

  /** Begins; what is returned is to be waited for at once. */
  synchronized Wait await() {
    timers.add(later.after(SOME_TIME, () -> report(this::tell)));
    timers.add(later.after(LONG, () -> report(found -> found.forEach(this::log))));
    Duration cancelIn = mark.cancelIn();
    if (cancelIn != null && holding) {
      timers.add(later.after(cancelIn.isNegative() ? Duration.ZERO : cancelIn, this::end));
    }
    return wait;
  }

  private void quiet() {
    synchronized (this) {
      if (phase != Phase.DRAINING) {
        return;
      }
      phase = Phase.QUIET;
      stopTimers();
    }
    DrainAnswers to = answers.get();
    if (to != null) {
      to.acknowledge(mark.schema(), mark.token());
    }
  }

  /** Its mark is off. */
  synchronized void over() {
    phase = Phase.OVER;
    stopTimers();
  }

  /** Whether this is the first who sees to what follows. */
  synchronized boolean beginsToEnd() {
    boolean first = !ending;
    ending = true;
    return first;
  }

  /** Whether nothing is under way here any more. */
  synchronized boolean isQuiet() {
    return phase == Phase.QUIET;
  }

  private synchronized boolean isDraining() {
    return phase == Phase.DRAINING;
  }

  private void stopTimers() {
    timers.forEach(Runnable::run);
    timers.clear();
  }

  private void report(Consumer<List<SessionInTransaction>> to) {
    var unused =
        sessions
            .inTheWay(wait)
            .thenAccept(
                found -> {
                  if (isDraining() && !found.isEmpty()) {
                    to.accept(found);
                  }
                });
  }

  private void tell(List<SessionInTransaction> inTheWay) {
    DrainAnswers to = answers.get();
    if (to != null) {
      String more = inTheWay.size() > NAMED ? "; … %d in all".formatted(inTheWay.size()) : "";
      to.waitsFor(
          mark.schema(),
          mark.token(),
          inTheWay.stream().limit(NAMED).map(s -> "(" + s + ")").collect(Collectors.joining(", "))
              + more);
    }
  }

  private void log(SessionInTransaction session) {
    log.atWarn()
        .addKeyValue("schema", mark.schema())
        .addKeyValue("tenant", session.tenant())
        .addKeyValue("user", session.user())
        .addKeyValue("application", session.application())
        .addKeyValue("client", session.client())
        .addKeyValue("backend", session.backend())
        .addKeyValue("idle", session.idle())
        .addKeyValue("millis", session.duration().toMillis())
        .log("a transaction is in the way of a migration");
  }

  private void end() {
    synchronized (this) {
      if (phase != Phase.DRAINING) {
        return;
      }
      timers.add(later.after(AGAIN, this::end));
    }
    sessions.end(wait, "schema \"%s\" is about to be migrated".formatted(mark.schema()));
  }
}
