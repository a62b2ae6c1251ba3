package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.routines.SetParameters;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.scan.UnprovenNames;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pool's knowledge of its server: a fresh connection's profile, the parameters that functions may
 * set unseen, and the functions that leave what can't be pooled. The pool asks the first backend
 * before it serves anybody, and idle ones later. Event-loop confined.
 */
public final class ServerKnowledge implements KnownRoutines {

  /** How often a pool in use asks what routines do, where the server counts no writes. */
  private static final Duration ROUTINES_INTERVAL = Duration.ofSeconds(5);

  /** How often it looks whether anybody has defined anything, which costs little. */
  private static final Duration WRITES_INTERVAL = Duration.ofSeconds(1);

  private final BackendPool pool;
  private final PoolServices services;
  private final IdleBackends idle;
  private @Nullable ServerProfile template;
  private Set<String> hidden = Set.of();
  private Set<String> parameters = Set.of();
  private UnprovenNames unproven = UnprovenNames.UNKNOWN;

  /** How much had been written to the catalogs when that was asked for. */
  private @Nullable String askedAt;

  private UnpoolableRoutines routines = UnpoolableRoutines.NONE;

  /** How many of the changes that clients have made the last look and its answer cover. */
  private long looksBegun = -1;

  private long looksDone;
  private long routinesAskedNanos;
  private long writesAskedNanos;

  /** No backend was idle when it was time to ask: the next that comes back is asked. */
  private boolean due;

  private long leasesWhenAsked;

  /** The backend that is being asked; null if none is. */
  private @Nullable PooledBackend asked;

  /** Of a pool with these idle backends; nothing is known yet. */
  ServerKnowledge(BackendPool pool, PoolServices services, IdleBackends idle) {
    this.pool = pool;
    this.services = services;
    this.idle = idle;
  }

  /** A fresh connection's profile; null before the first connection. */
  @Nullable ServerProfile template() {
    return template;
  }

  /**
   * Parameters that a function may have set without a word of the statement that called it or of
   * the server; {@link SetParameters#ANY} among them stands for all.
   */
  @Override
  public Set<String> hidden() {
    return hidden;
  }

  /** Parameters with a dot that functions of the database set. */
  @Override
  public Set<String> parameters() {
    return parameters;
  }

  /** A function that sets this parameter is about to be made. */
  @Override
  public void expectHidden(String name) {
    if (!hidden.contains(name)) {
      Set<String> more = new HashSet<>(hidden);
      more.add(name);
      hidden = more;
    }
  }

  /** Routines that may leave what can't be pooled, unseen in the statement that calls them. */
  @Override
  public UnpoolableRoutines routines() {
    return routines;
  }

  /** The names of all that can't be shown to leave a session as it is. */
  @Override
  public UnprovenNames unproven() {
    return unproven;
  }

  /** Functions have just been made, or what calls them. */
  @Override
  public void lookAnew() {
    pool.changes().routinesChanged();
  }

  /** Whether there may be others than are known, until a look that is due has been answered. */
  @Override
  public boolean isOutdated() {
    return looksDone < pool.changes().routineChanges();
  }

  /**
   * A backend has come back: it tells first what has become of the functions, if need be, and if no
   * other is just being asked. Until that has answered, no transaction counts as harmless.
   */
  void serve(PooledBackend backend) {
    if ((due || looksBegun < pool.changes().routineChanges()) && !isAsked()) {
      askForWrites(backend);
    } else {
      pool.backends().serve(backend);
    }
  }

  /** Forgets what a fresh connection is like. */
  void forget() {
    template = null;
  }

  /**
   * Has a fresh backend asked what isn't known yet, and serve then.
   *
   * @param parameters what the server reported on it
   * @param notices what it said to the user
   */
  void learnFrom(PooledBackend backend, Map<String, String> parameters, List<byte[]> notices) {
    ServerProfile known = template;
    if (known != null && known.isOf(parameters)) {
      known.noticed(notices);
      backend.settings().beganAs(known);
      pool.backends().serve(backend);
      return;
    }
    ScheduledFuture<?> limit =
        pool.eventLoop()
            .schedule(
                () -> pool.backends().fellSilent(backend),
                services.answerTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    backend.channel().closeFuture().addListener(closed -> limit.cancel(false));
    TemplateQuestion.ask(
        backend,
        pool.key(),
        parameters,
        answer -> {
          limit.cancel(false);
          answer.noticed(notices);
          backend.settings().beganAs(answer);
          if (pool.backends().epoch() == backend.standing().epoch()) {
            template = answer;
          }
          askForWrites(backend);
        });
  }

  /** Asks again what routines do, if the pool was used since and an idle backend has time. */
  void askAgain() {
    PooledBackend backend = idle.latest();
    if (pool.leases() == leasesWhenAsked) {
      return;
    }
    if (backend == null) {
      due = true;
    } else if (services.nanoTime() - writesAskedNanos >= WRITES_INTERVAL.toNanos()) {
      idle.remove(backend);
      askForWrites(backend);
    }
  }

  private boolean isAsked() {
    PooledBackend one = asked;
    return one != null && one.channel().isActive();
  }

  private void answered(PooledBackend backend) {
    if (asked == backend) {
      asked = null;
    }
    pool.backends().serve(backend);
  }

  /** The dear question is asked where something may have been defined since it was answered. */
  private void askForWrites(PooledBackend backend) {
    due = false;
    asked = backend;
    writesAskedNanos = services.nanoTime();
    leasesWhenAsked = pool.leases();
    long looks = pool.changes().routineChanges();
    boolean changed = looksBegun < looks;
    looksBegun = looks;
    CatalogQuestion.ask(
        backend,
        writes -> {
          if (writes != null) {
            pool.changes().counted(writes);
          }
          if (!changed && isKnown(writes)) {
            answered(backend);
          } else {
            askedAt = writes;
            askForRoutines(backend, looks);
          }
        });
  }

  private boolean isKnown(@Nullable String writes) {
    return writes == null
        ? services.nanoTime() - routinesAskedNanos < ROUTINES_INTERVAL.toNanos()
        : writes.equals(askedAt);
  }

  private void askForRoutines(PooledBackend backend, long looks) {
    routinesAskedNanos = services.nanoTime();
    RoutinesQuestion.ask(
        backend,
        answer -> {
          if (answer == null) {
            unproven = UnprovenNames.UNKNOWN;
            askedAt = null; // asked again, whatever is written
          } else {
            take(answer);
          }
          looksDone = Math.max(looksDone, looks);
          answered(backend);
        });
  }

  private void take(RoutinesQuestion.Answer answer) {
    unproven = answer.unproven().equals(unproven) ? unproven : answer.unproven();
    routines = answer.unpoolable().equals(routines) ? routines : answer.unpoolable();
    Set<String> set = new HashSet<>(answer.set());
    ServerProfile current = template;
    if (current != null && current.reportsSearchPath()) {
      set.remove("search_path");
    }
    hidden = Set.copyOf(set);
    set.removeIf(name -> name.indexOf('.') < 0);
    set.addAll(answer.mentioned());
    parameters = Set.copyOf(set);
  }
}
