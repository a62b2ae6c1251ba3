package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has learned about its server: what a fresh connection is like, which parameters
 * functions may set unseen, and which leave what can't be pooled. A backend is asked before it
 * serves anybody, and later an idle one. Event-loop confined.
 */
public final class ServerKnowledge {

  /** How often a pool in use looks for new functions that set parameters. */
  private static final Duration HIDDEN_INTERVAL = Duration.ofSeconds(5);

  private final BackendPool pool;
  private final PoolServices services;
  private final IdleBackends idle;
  private @Nullable PoolTemplate template;
  private Set<String> hidden = Set.of();
  private Set<String> parameters = Set.of();
  private UnpoolableRoutines routines = UnpoolableRoutines.NONE;

  /** How often a look was asked for, and how many of these the last look and its answer cover. */
  private long looksWanted;

  private long looksBegun;
  private long looksDone;
  private long hiddenAskedNanos;
  private long leasesWhenAsked;

  /** Of a pool with these idle backends; nothing is known yet. */
  ServerKnowledge(BackendPool pool, PoolServices services, IdleBackends idle) {
    this.pool = pool;
    this.services = services;
    this.idle = idle;
  }

  /** What a fresh connection is like; null as long as there has been none. */
  @Nullable PoolTemplate template() {
    return template;
  }

  /**
   * Parameters that a function may have set without a word of the statement that called it or of
   * the server; {@link BackendPool#ANY_SETTING} among them stands for all.
   */
  public Set<String> hidden() {
    return hidden;
  }

  /** Parameters with a dot that functions of the database set. */
  public Set<String> parameters() {
    return parameters;
  }

  /** A function that sets this parameter is about to be made. */
  public void expectHidden(String name) {
    if (!hidden.contains(name)) {
      Set<String> more = new HashSet<>(hidden);
      more.add(name);
      hidden = more;
    }
  }

  /** What may leave in a session what can't be pooled, unseen in the statement that calls it. */
  public UnpoolableRoutines routines() {
    return routines;
  }

  /** Functions have just been made, or what calls them. */
  public void lookAnew() {
    looksWanted++;
  }

  /** Whether there may be others than are known, until a look that is due has been answered. */
  public boolean isOutdated() {
    return looksDone < looksWanted;
  }

  /** A backend has come back: it tells first what has become of the functions, if need be. */
  void serve(PooledBackend backend) {
    if (looksBegun < looksWanted) {
      askForHidden(backend);
    } else {
      pool.serve(backend);
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
    PoolTemplate known = template;
    if (known != null && known.isOf(parameters)) {
      known.noticed(notices);
      backend.beganAs(known);
      pool.serve(backend);
      return;
    }
    ScheduledFuture<?> limit =
        pool.eventLoop()
            .schedule(
                () -> pool.fellSilent(backend),
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
          backend.beganAs(answer);
          if (pool.epoch() == backend.epoch) {
            template = answer;
          }
          askForHidden(backend);
        });
  }

  /** Asks again what functions set, if the pool was used since and an idle backend has time. */
  void askAgain() {
    PooledBackend backend = idle.latest();
    if (backend != null
        && pool.leases() != leasesWhenAsked
        && services.nanoTime() - hiddenAskedNanos >= HIDDEN_INTERVAL.toNanos()) {
      idle.remove(backend);
      askForHidden(backend);
    }
  }

  private void askForHidden(PooledBackend backend) {
    hiddenAskedNanos = services.nanoTime();
    leasesWhenAsked = pool.leases();
    long looks = looksWanted;
    looksBegun = looks;
    HiddenSettings.ask(
        backend,
        names -> {
          PoolTemplate current = template;
          if (current != null && current.reportsSearchPath()) {
            names.remove("search_path");
          }
          hidden = names;
          Set<String> dotted = new HashSet<>(names);
          dotted.removeIf(name -> name.indexOf('.') < 0);
          parameters = dotted;
          askForRoutines(backend, looks);
        });
  }

  private void askForRoutines(PooledBackend backend, long looks) {
    RoutinesQuestion.ask(
        backend,
        answer -> {
          routines = answer == null ? routines : answer;
          looksDone = Math.max(looksDone, looks);
          askForDefinitions(backend);
        });
  }

  private void askForDefinitions(PooledBackend backend) {
    CatalogQuestion.ask(
        backend,
        writes -> {
          if (writes != null) {
            pool.changes().counted(writes);
          }
          pool.serve(backend);
        });
  }
}
