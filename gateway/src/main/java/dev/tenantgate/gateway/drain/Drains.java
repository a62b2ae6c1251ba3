package dev.tenantgate.gateway.drain;

import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainMark;
import dev.tenantgate.migrator.drain.MembershipListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schemas whose transactions are to end here. A mark appears; from then on the gate lets no
 * transaction begin there. When the last that was under way has ended, that is acknowledged, once,
 * and can't become wrong any more. The mark goes; then the schema's history is read, and only
 * behind that may transactions begin again.
 *
 * <p>Thread-safe. {@link #mayBegin} takes no lock and allocates nothing.
 */
public final class Drains implements MembershipListener {

  private static final Logger log = LoggerFactory.getLogger(Drains.class);

  private final OpenSessions sessions;
  private final Scheduler later;
  private final HeartbeatLease lease;
  private final Function<String, Optional<SchemaRef>> schemas;
  private volatile Map<String, Drain> active = Map.of();
  private volatile boolean holding = true;
  private volatile @Nullable DrainAnswers answers;
  private volatile boolean readOnly;
  private volatile Listener listener = new Listener() {};

  /** Drains that were seen to be over; marks up to that token are old news. */
  private final Map<String, Long> lifted = new HashMap<>();

  /** The party that acts on it: the gate. */
  public interface Listener {

    /** A schema's mark is off: once its history has been read, {@link Drains#release} is called. */
    default void unmarked(SchemaRef schema, long token) {}

    /** All that is known of schemas may be wrong. */
    default void returned() {}

    /** Transactions may begin again, as far as the gateway's membership goes. */
    default void leaseGained() {}
  }

  /**
   * Makes it, with nothing drained.
   *
   * @param schemas which schema a name stands for; empty if it is none that is gated
   */
  public Drains(
      OpenSessions sessions,
      Scheduler later,
      HeartbeatLease lease,
      Function<String, Optional<SchemaRef>> schemas) {
    this.sessions = sessions;
    this.later = later;
    this.lease = lease;
    this.schemas = schemas;
  }

  /** The one who acts on it. */
  public void listen(Listener gate) {
    listener = gate;
  }

  /** Begins to answer: from now on the gateway has to be vouched for. */
  public void answerTo(DrainAnswers membership) {
    answers = membership;
    lease.require();
  }

  /** Whether anybody is held at all; if not, drains are acknowledged at once. */
  public void hold(boolean hold) {
    holding = hold;
  }

  /** The sessions that are open. */
  public OpenSessions sessions() {
    return sessions;
  }

  /**
   * A drain, for people.
   *
   * @param schema the name of its schema
   * @param tenant whose schema that is; null for nobody's
   * @param quiet whether nothing is under way there any more
   * @param holder the gateway, or the command, that asked for it
   */
  public record UnderWay(String schema, @Nullable String tenant, boolean quiet, String holder) {}

  /** The drains there are, by their schemas. */
  public List<UnderWay> underWay() {
    return active.values().stream()
        .map(Drain::describe)
        .sorted(Comparator.comparing(UnderWay::schema))
        .toList();
  }

  /** Whether a schema is drained. */
  public boolean isDraining(SchemaRef schema) {
    Map<String, Drain> now = active;
    Drain drain = now.isEmpty() ? null : now.get(schema.schema());
    return drain != null && drain.isHolding();
  }

  /** Whether a schema is drained, and nothing is under way there at this gateway any more. */
  public boolean isQuiet(SchemaRef schema) {
    Drain drain = active.get(schema.schema());
    return drain != null && drain.isHolding() && drain.isQuiet();
  }

  /** Whether a schema is drained under that lease, and whoever says so can prove it. */
  public boolean isProven(SchemaRef schema, long token, String proof) {
    Drain drain = active.get(schema.schema());
    return drain != null && drain.token() == token && drain.isProvenBy(proof);
  }

  /** How many schemas are drained. */
  public int number() {
    return active.size();
  }

  /** Whether the gateway can vouch for what it knows. */
  public boolean hasLease() {
    return !holding || lease.isGood();
  }

  /** Whether the gateway was in contact with the others, and isn't any more. */
  public boolean isCutOff() {
    return lease.hasLapsed();
  }

  /** Whether the gateway is one of several that have to vouch for what they know. */
  public boolean isMember() {
    return lease.isRequired();
  }

  /** Whether a transaction may begin in these schemas, as far as this goes. */
  public boolean mayBegin(List<GatedSchema> where) {
    if (!active.isEmpty()) {
      for (int i = 0; i < where.size(); i++) {
        if (isDraining(where.get(i).schema())) {
          return false;
        }
      }
    }
    return hasLease();
  }

  @Override
  public void drains(List<DrainMark> marks) {
    List<Drain> fresh = new ArrayList<>();
    List<Drain> gone = new ArrayList<>();
    synchronized (this) {
      Map<String, Drain> next = new HashMap<>();
      Map<String, Drain> before = active;
      for (DrainMark mark : marks) {
        Long old = lifted.get(mark.schema());
        if (old != null && mark.token() <= old) {
          continue;
        }
        Drain known = before.get(mark.schema());
        Drain drain = known != null && known.isFor(mark) ? known : begin(mark);
        next.put(mark.schema(), drain);
        if (drain != known) {
          fresh.add(drain);
        }
      }
      before.forEach(
          (schema, drain) -> {
            if (!next.containsKey(schema)) {
              // Nobody begins there before the history has been read.
              next.put(schema, drain);
              gone.add(drain);
            } else if (next.get(schema) != drain) {
              drain.over();
            }
          });
      lifted.keySet().removeIf(schema -> marks.stream().noneMatch(m -> m.schema().equals(schema)));
      active = Map.copyOf(next);
    }
    // Only now: what passes the gate from here on finds the marks.
    sessions.await(fresh.stream().map(Drain::await).toList());
    for (Drain drain : gone) {
      unmark(drain);
    }
  }

  private Drain begin(DrainMark mark) {
    SchemaRef schema = schemas.apply(mark.schema()).orElse(null);
    return new Drain(mark, schema, holding && schema != null, sessions, later, this::answer);
  }

  private @Nullable DrainAnswers answer() {
    return answers;
  }

  private void unmark(Drain drain) {
    drain.over();
    SchemaRef schema = drain.schema();
    if (schema != null && drain.isHolding()) {
      if (drain.beginsToEnd()) {
        listener.unmarked(schema, drain.token());
      }
    } else {
      remove(drain);
    }
  }

  private synchronized void remove(Drain drain) {
    if (active.get(drain.name()) == drain) {
      Map<String, Drain> next = new HashMap<>(active);
      next.remove(drain.name());
      active = Map.copyOf(next);
    }
  }

  /** The history of a schema was read after its mark was off: transactions may begin. */
  public void release(SchemaRef schema, long token) {
    Drain drain = active.get(schema.schema());
    if (drain != null && drain.token() == token) {
      remove(drain);
    }
  }

  /**
   * A migration of our own has ended and its schema's history was read since: its mark is off,
   * whether that has been seen yet or not.
   */
  public synchronized void lift(SchemaRef schema) {
    Drain drain = active.get(schema.schema());
    DrainAnswers membership = answers;
    if (drain != null && membership != null && drain.isOf(membership.id())) {
      lift(drain);
    }
  }

  /**
   * A schema's history was read after the leases on it up to that one were over, and with them
   * their marks, whether that has been seen yet or not: transactions may begin.
   */
  public synchronized void over(SchemaRef schema, long upTo) {
    Drain drain = active.get(schema.schema());
    if (drain != null && drain.token() <= upTo) {
      lift(drain);
    }
  }

  private synchronized void lift(Drain drain) {
    lifted.put(drain.name(), drain.token());
    drain.over();
    remove(drain);
  }

  @Override
  public int[] backends() {
    return sessions.backends().processes();
  }

  @Override
  public void vouched(long fromNanos, long untilNanos) {
    boolean was = lease.isGood();
    lease.extend(fromNanos, untilNanos);
    long ahead = lease.nanosUntilGood();
    if (ahead > 0) {
      later.after(Duration.ofNanos(ahead), () -> listener.leaseGained());
    } else if (!was) {
      listener.leaseGained();
    }
  }

  @Override
  public void returned() {
    listener.returned();
  }

  @Override
  public void readOnly(boolean now) {
    readOnly = now;
    if (now) {
      log.warn(
          "the database server is read-only (a standby): tenants that are current are served,"
              + " nothing is migrated");
    } else {
      log.info("the database server can be written to again");
      listener.returned();
    }
  }

  /** Whether the server is a standby, where nothing can be migrated. */
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public void alone(String reason) {
    lease.waive(reason);
    listener.leaseGained();
  }
}
