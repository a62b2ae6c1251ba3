package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.drain.DrainAnswers;
import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.drain.OpenSession;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainMark;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The drain as a state model: one schema in a database of its own making, with the lease and its
 * mark; another process that migrates it up and down, fails, puts off and dies; one gateway, whose
 * membership looks and beats when the walk says so; and sessions that begin and end transactions.
 *
 * <p>These must hold in any order of events: a transaction begins only while the schema is as
 * required (not as it was when somebody looked last); no migration is committed beside a
 * transaction that began while the gateway was a member; once all is quiet nobody is held; after
 * the shutdown nobody is held, nor waits for anything.
 */
final class DrainModel implements AutoCloseable {

  private static final int STEPS = 120;
  private static final Duration LEASE = Duration.ofSeconds(10);

  /** A fault built in on purpose. */
  enum Fault {
    NONE,
    /** A mark that goes wakes nobody. */
    LOST_WAKE_UP,
    /** A session begins on an old word, though its schema was marked since. */
    LATE_WORD,
    /** Sessions are released before it is known how the migration ended. */
    RELEASE_OVERTAKES_FAILURE,
    /** The acknowledgement doesn't wait for transactions under way. */
    EARLY_ACKNOWLEDGEMENT,
    /** The gateway goes on although nobody waits for it any more. */
    GOES_ON_ALONE,
    /** A client that was told that the gateway shuts down waits again. */
    WAITS_AFTER_SHUTDOWN
  }

  private final Random random;
  private final Fault fault;
  private final GateWorld world = new GateWorld(new TestSettings());
  private final List<Client> clients = new ArrayList<>();
  private final Set<Long> acknowledged = new HashSet<>();

  /** The events so far, to understand a failure by. */
  private final List<String> story = new ArrayList<>();

  // The lease in the database.
  private long token;
  private @Nullable String holder;
  private boolean marked;

  // The gateway's row: until when others wait for it.
  private long expiresNanos;

  DrainModel(int seed, Fault fault) {
    this.random = new Random(seed);
    this.fault = fault;
    world.has(GLOBEX, 7);
    world.migrating = this::migrateHere;
    world.drains.answerTo(new Answers());
    if (fault == Fault.LOST_WAKE_UP || fault == Fault.RELEASE_OVERTAKES_FAILURE) {
      world.drains.listen(new BrokenListener());
    }
    beat();
    for (int i = 0; i < 3; i++) {
      clients.add(new Client());
    }
  }

  List<String> story() {
    return story.subList(Math.max(0, story.size() - 30), story.size());
  }

  void walk() {
    for (int step = 0; step < STEPS; step++) {
      step();
    }
    if (random.nextInt(4) == 0) {
      shutDown();
      return;
    }
    calmDown();
    for (Client client : clients) {
      assertThat(client.waiting).as("forgotten").isFalse();
    }
    assertThat(world.gate.held()).isZero();
  }

  /** From here on nothing fails and everybody looks: all must come to its end. */
  private void calmDown() {
    for (int i = 0; i < 8; i++) {
      if (holder != null && holder.equals("elsewhere")) {
        release();
      }
      world.has(GLOBEX, 7);
      beat();
      world.drains.drains(marks());
      world.settle();
      clients.forEach(Client::end);
      world.settle();
      world.timer.advance(Duration.ofMillis(400));
    }
  }

  private void shutDown() {
    world.gate.close();
    if (holder != null && holder.equals("elsewhere")) {
      release();
    }
    world.drains.drains(marks());
    world.settle();
    assertThat(world.gate.held()).as("held after the shutdown").isZero();
    for (Client client : clients) {
      assertThat(client.waiting).as("waits after the shutdown").isFalse();
    }
  }

  private void step() {
    switch (random.nextInt(16)) {
      case 0, 1, 2 -> any().begin();
      case 3, 4 -> any().end();
      case 5, 6 -> world.eventLoop.runOne();
      case 7 -> {
        story.add("read " + world.readers.waiting());
        world.readers.runOne();
      }
      case 8 -> world.workers.runOne();
      case 9, 10 -> elsewhere();
      case 11, 12 -> {
        story.add("look " + marks());
        world.drains.drains(marks());
      }
      case 13 -> beat();
      case 14 -> world.timer.advance(Duration.ofMillis(random.nextInt(300)));
      default -> {
        if (random.nextInt(6) == 0) {
          story.add("cut off");
          // Cut off for so long that nobody waits for it any more.
          world.timer.advance(LEASE.minusMillis(random.nextInt(2_000)));
        }
      }
    }
  }

  private Client any() {
    return clients.get(random.nextInt(clients.size()));
  }

  // ---- the database

  private List<DrainMark> marks() {
    String held = holder;
    return marked && held != null
        ? List.of(new DrainMark(GLOBEX.schema(), token, held, null, null))
        : List.of();
  }

  private void take(String who) {
    token++;
    story.add("lease %d %s".formatted(token, who));
    holder = who;
    marked = true;
  }

  private void release() {
    holder = null;
    marked = false;
  }

  private boolean isMember() {
    return world.timer.nanoTime() - expiresNanos < 0;
  }

  private boolean isDrained() {
    return acknowledged.contains(token) || !isMember();
  }

  /** A migration is committed, and the lease given back with it. */
  private void commit(Runnable change) {
    if (isMember()) {
      for (Client client : clients) {
        assertThat(client.underWay && client.beganAsMember)
            .as("a migration beside a transaction")
            .isFalse();
      }
    }
    change.run();
    release();
    story.add("commit " + world.stateOf(GLOBEX));
  }

  // ---- who migrates

  private void elsewhere() {
    if (holder == null) {
      take("elsewhere");
    } else if (holder.equals("elsewhere") && isDrained()) {
      switch (random.nextInt(5)) {
        case 0, 1 -> commit(() -> world.has(GLOBEX, 7));
        case 2 -> commit(() -> world.has(GLOBEX, 5));
        case 3 -> commit(() -> world.failed(GLOBEX, 5, "boom"));
        default -> release(); // it died, or gave up
      }
    } else if (holder.equals("elsewhere") && random.nextInt(3) == 0) {
      release(); // put off
    }
  }

  private SchemaOutcome migrateHere(SchemaRef schema, Target target) {
    if (!schema.equals(GLOBEX)) {
      return world.succeed(schema, target);
    }
    if (holder != null) {
      return new SchemaOutcome.Busy(schema, "another");
    }
    take("here");
    world.drains.drains(marks());
    world.eventLoop.runAll();
    if (!isDrained()) {
      release();
      return new SchemaOutcome.PutOff(schema, "transactions");
    }
    SchemaOutcome[] outcome = new SchemaOutcome[1];
    boolean fails = random.nextInt(3) == 0 && world.stateOf(schema) == SchemaState.BEHIND;
    commit(() -> outcome[0] = fails ? world.fail(schema, target) : world.succeed(schema, target));
    return outcome[0];
  }

  // ---- the gateway

  private void beat() {
    long now = world.timer.nanoTime();
    story.add("beat");
    boolean lapsed = now - expiresNanos >= -LEASE.toNanos() / 10;
    expiresNanos = now + LEASE.toNanos();
    if (lapsed && fault != Fault.GOES_ON_ALONE) {
      world.drains.returned();
    }
    long until =
        fault == Fault.GOES_ON_ALONE
            ? now + LEASE.multipliedBy(1000).toNanos()
            : expiresNanos - LEASE.toNanos() / 10;
    // The marks come with the heartbeat's answer, and are heeded first.
    world.drains.drains(marks());
    world.drains.vouched(now, until);
  }

  private final class Answers implements DrainAnswers {
    @Override
    public String id() {
      return "here";
    }

    @Override
    public void acknowledge(String schema, long acked) {
      story.add("ack " + acked);
      acknowledged.add(acked);
    }

    @Override
    public void waitsFor(String schema, long waiting, String inTheWay) {}
  }

  private final class BrokenListener implements Drains.Listener {
    @Override
    public void unmarked(SchemaRef schema, long gone) {
      if (fault == Fault.LOST_WAKE_UP) {
        world
            .directory
            .refresh(schema)
            .whenComplete((snapshot, error) -> world.drains.release(schema, gone));
      } else {
        world.drains.release(schema, gone);
        world.gate.changedElsewhere(schema);
      }
    }
  }

  /** A session, which begins each transaction as the relays do. */
  private final class Client implements OpenSession {
    private final AdmissionRequest request = world.request(Requirement.NONE, GLOBEX);
    private final OpenSessions.Place place = world.drains.sessions().enter(world.eventLoop, this);
    private boolean underWay;
    private boolean beganAsMember;
    private boolean waiting;

    void begin() {
      story.add("wants to begin");
      if (underWay || waiting) {
        return;
      }
      if (world.gate.mayGoOn(request)) {
        began();
      } else {
        ask();
      }
    }

    private void ask() {
      waiting = false;
      Admission answer = world.gate.admit(request, this::decided);
      if (answer instanceof Admission.Held) {
        waiting = true;
      } else if (answer instanceof Admission.Admitted) {
        began();
      }
    }

    private void decided(Admission.Decision decision) {
      waiting = false;
      if (decision instanceof Admission.Rejected rejected) {
        waiting =
            fault == Fault.WAITS_AFTER_SHUTDOWN && rejected.reason() == AdmissionReason.SHUTDOWN;
      } else if (fault == Fault.LATE_WORD || world.gate.mayBeginNow(request)) {
        began();
      } else {
        ask();
      }
    }

    private void began() {
      story.add("begins");
      assertThat(world.stateOf(GLOBEX)).as("begins on").isEqualTo(SchemaState.CURRENT);
      underWay = true;
      beganAsMember = isMember();
    }

    void end() {
      if (underWay) {
        underWay = false;
        place.mayBeIdle();
      }
    }

    @Override
    public boolean isUnderWay() {
      return underWay && fault != Fault.EARLY_ACKNOWLEDGEMENT;
    }

    @Override
    public boolean touches(SchemaRef schema) {
      return schema.equals(GLOBEX) || schema.isPublic();
    }

    @Override
    public SessionInTransaction describe() {
      return new SessionInTransaction(
          "globex",
          "app",
          "",
          "",
          0,
          SessionInTransaction.Activity.IDLE_IN_TRANSACTION,
          Duration.ZERO);
    }

    @Override
    public void endTransaction(String why) {
      end();
    }
  }

  @Override
  public void close() {
    world.close();
    world.settle();
  }
}
