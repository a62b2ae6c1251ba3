package dev.tenantgate.gateway.drain;

import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * The sessions that are open, by the event loop that each is confined to. Nothing is counted while
 * transactions come and go: a caller that wants to know asks every loop, and each looks at its own
 * sessions. A session passes the gate and begins its transaction in one turn of its loop. So a loop
 * that looks after the schema was marked finds every transaction that passed before.
 *
 * <p>Thread-safe.
 */
public final class OpenSessions {

  private final Map<Executor, Loop> loops = new ConcurrentHashMap<>();
  private final OpenBackends backends = new OpenBackends();
  private final Pauses pauses = new Pauses();

  /** The sessions of one event loop; touched on that alone. */
  private static final class Loop {
    final Executor executor;
    final Set<Place> places = new LinkedHashSet<>();

    Loop(Executor executor) {
      this.executor = executor;
    }
  }

  /** A session's place among the others. Confined to its event loop. */
  public static final class Place {

    private final Loop loop;
    private final OpenSession session;
    private List<Wait> awaited = List.of();

    private Place(Loop loop, OpenSession session) {
      this.loop = loop;
      this.session = session;
    }

    /** The session may have become idle; costs next to nothing unless somebody waits for that. */
    public void mayBeIdle() {
      if (!awaited.isEmpty() && !session.isUnderWay()) {
        ended();
      }
    }

    /** The session is over. */
    public void leave() {
      loop.places.remove(this);
      ended();
    }

    private void ended() {
      List<Wait> waits = awaited;
      awaited = List.of();
      waits.forEach(Wait::oneLess);
    }

    private void isAwaitedBy(Wait wait) {
      List<Wait> more = new ArrayList<>(awaited);
      more.add(wait);
      awaited = more;
    }
  }

  /** The wait for the transactions that are under way and are waited for. Thread-safe. */
  static final class Wait {

    private final Predicate<OpenSession> which;
    private final Runnable quiet;

    /** Loops that haven't looked yet, and transactions that haven't ended. */
    private final AtomicInteger open = new AtomicInteger();

    /**
     * Prepares a wait.
     *
     * @param quiet called once, on whatever thread, when none is under way
     */
    Wait(SchemaRef schema, Runnable quiet) {
      this(session -> session.touches(schema), quiet);
    }

    private Wait(Predicate<OpenSession> which, Runnable quiet) {
      this.which = which;
      this.quiet = quiet;
    }

    private void add(int more) {
      if (open.addAndGet(more) == 0) {
        quiet.run();
      }
    }

    private void oneLess() {
      add(-1);
    }
  }

  /** The connections to the server that transactions run on, those of idle sessions as well. */
  public OpenBackends backends() {
    return backends;
  }

  /** The databases and tenants that an operator has paused, or closed for new clients. */
  public Pauses pauses() {
    return pauses;
  }

  /** Takes a session in; called on its event loop. */
  public Place enter(Executor eventLoop, OpenSession session) {
    Loop loop = loops.computeIfAbsent(eventLoop, Loop::new);
    Place place = new Place(loop, session);
    loop.places.add(place);
    return place;
  }

  /**
   * Waits for the transactions that are under way on these schemas. To be called once none can
   * begin there any more.
   */
  void await(List<Wait> waits) {
    List<Loop> all = List.copyOf(loops.values());
    // One for the caller, so that it isn't told before all have been asked.
    waits.forEach(wait -> wait.open.set(all.size() + 1));
    for (Loop loop : all) {
      on(loop, () -> look(loop, waits), () -> waits.forEach(Wait::oneLess));
    }
    waits.forEach(Wait::oneLess);
  }

  /**
   * Waits for transactions that are under way now; none like them may begin any more.
   *
   * @param which asked on the session's event loop
   */
  public CompletableFuture<Void> awaitEnd(Predicate<OpenSession> which) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    await(List.of(new Wait(which, () -> end.complete(null))));
    return end;
  }

  private static void look(Loop loop, List<Wait> waits) {
    int[] found = new int[waits.size()];
    for (Place place : loop.places) {
      if (!place.session.isUnderWay()) {
        continue;
      }
      for (int i = 0; i < found.length; i++) {
        if (waits.get(i).which.test(place.session)) {
          place.isAwaitedBy(waits.get(i));
          found[i]++;
        }
      }
    }
    for (int i = 0; i < found.length; i++) {
      waits.get(i).add(found[i] - 1);
    }
  }

  /** The sessions that a wait still waits for. */
  CompletionStage<List<SessionInTransaction>> inTheWay(Wait wait) {
    return collect(
        (loop, into) -> {
          for (Place place : loop.places) {
            if (place.awaited.contains(wait)) {
              into.add(place.session.describe());
            }
          }
        });
  }

  /** Every session that is in a transaction now. */
  public CompletionStage<List<SessionInTransaction>> inTransaction() {
    return collect(OpenSession::isUnderWay);
  }

  /** Every pooled session that keeps its backend beyond its transactions. */
  public CompletionStage<List<SessionInTransaction>> pinned() {
    return collect(session -> session.pin() != null);
  }

  private CompletionStage<List<SessionInTransaction>> collect(Predicate<OpenSession> which) {
    return collect(
        (loop, into) -> {
          for (Place place : loop.places) {
            if (which.test(place.session)) {
              into.add(place.session.describe());
            }
          }
        });
  }

  /** Ends the transactions that a wait still waits for. */
  void end(Wait wait, String why) {
    for (Loop loop : loops.values()) {
      on(
          loop,
          () -> {
            for (Place place : List.copyOf(loop.places)) {
              if (place.awaited.contains(wait)) {
                place.session.endTransaction(why);
              }
            }
          },
          () -> {});
    }
  }

  private CompletionStage<List<SessionInTransaction>> collect(
      BiConsumer<Loop, List<SessionInTransaction>> look) {
    List<CompletableFuture<List<SessionInTransaction>>> parts = new ArrayList<>();
    for (Loop loop : loops.values()) {
      CompletableFuture<List<SessionInTransaction>> part = new CompletableFuture<>();
      parts.add(part);
      on(
          loop,
          () -> {
            List<SessionInTransaction> found = new ArrayList<>();
            look.accept(loop, found);
            part.complete(found);
          },
          () -> part.complete(List.of()));
    }
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(done -> parts.stream().flatMap(part -> part.join().stream()).toList());
  }

  /** On a loop that is gone there is no session. */
  private static void on(Loop loop, Runnable task, Runnable ifGone) {
    try {
      loop.executor.execute(task);
    } catch (RejectedExecutionException e) {
      ifGone.run();
    }
  }
}
