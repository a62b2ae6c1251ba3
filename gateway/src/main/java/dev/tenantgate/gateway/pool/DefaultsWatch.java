package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches for what makes a new session at the server another than those that pools hold: ALTER ROLE
 * and ALTER DATABASE of any kind, memberships, a role or a database that is gone or made anew,
 * files that were read again. Pools that are concerned are renewed, on every event loop. One
 * question for all pools is asked each second while there are any, and at once after a statement
 * that passed. Thread-safe.
 */
public final class DefaultsWatch {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.pool");

  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Nobody is kept from entering for longer than this because the server doesn't answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Of a place whose state the server hasn't told. */
  private static final String UNKNOWN = "";

  private final BiFunction<String, String, CompletableFuture<List<@Nullable String>>> ask;
  private final PoolServices pools;
  private final Map<PoolKey, String> known = new HashMap<>();
  private @Nullable String filesRead;
  private boolean mayReadPasswords = true;
  private boolean told;

  /** The look that is under way, and the one behind it, for those for whom it began too early. */
  private @Nullable CompletableFuture<Void> current;

  /** Whether somebody has asked for the look under way, which is no regular one then. */
  private boolean currentIsAsked;

  private @Nullable CompletableFuture<Void> next;

  /**
   * Makes a watch that asks nothing yet.
   *
   * @param ask runs a query of the gateway's own account, with a value for {@code $1}; gives the
   *     columns of the first row
   */
  DefaultsWatch(
      BiFunction<String, String, CompletableFuture<List<@Nullable String>>> ask,
      PoolServices pools) {
    this.ask = ask;
    this.pools = pools;
  }

  /** Looks from time to time from now on. */
  public void start(EventLoop eventLoop) {
    eventLoop.scheduleWithFixedDelay(
        () -> {
          if (pools.areAny()) {
            lookRegularly();
          }
        },
        INTERVAL.toMillis(),
        INTERVAL.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /**
   * Runs a task as soon as it is known what new sessions of a pool's are like now: next where no
   * look is due.
   *
   * @param eventLoop the task's, and the caller's
   */
  public void whenKnown(PoolKey key, EventLoop eventLoop, Runnable task) {
    CompletableFuture<Void> awaited;
    synchronized (this) {
      CompletableFuture<Void> due = next != null ? next : currentIsAsked ? current : null;
      awaited = due == null && !known.containsKey(key) ? look() : due;
    }
    if (awaited == null) {
      eventLoop.execute(task); // behind what the last look has had the pool do
    } else {
      awaited
          .copy()
          .completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .whenCompleteAsync((done, failure) -> task.run(), eventLoop);
    }
  }

  private synchronized void lookRegularly() {
    if (current == null) {
      begin(new CompletableFuture<>(), false);
    }
  }

  /**
   * Looks.
   *
   * @return completed by a look that began after this was called
   */
  public synchronized CompletableFuture<Void> look() {
    CompletableFuture<Void> following = next;
    if (following != null) {
      return following;
    }
    if (current == null) {
      return begin(new CompletableFuture<>(), true);
    }
    following = new CompletableFuture<>();
    next = following;
    return following;
  }

  private CompletableFuture<Void> begin(CompletableFuture<Void> look, boolean asked) {
    current = look;
    currentIsAsked = asked;
    List<PoolKey> keys = new ArrayList<>(pools.keys());
    String parameter = DefaultsQuestion.parameter(keys);
    boolean first = mayReadPasswords;
    ask.apply(DefaultsQuestion.sql(first), parameter)
        .handle((row, failure) -> row)
        .thenCompose(
            row ->
                row == null && first
                    ? ask.apply(DefaultsQuestion.sql(false), parameter)
                        .handle((other, failure) -> withoutPasswords(other, failure))
                    : CompletableFuture.completedFuture(row))
        .whenComplete((row, failure) -> answered(keys, row, look));
    return look;
  }

  private synchronized @Nullable List<@Nullable String> withoutPasswords(
      @Nullable List<@Nullable String> row, @Nullable Throwable failure) {
    if (row != null && "true".equals(row.get(2))) {
      return null; // it may: the first question failed for another reason
    }
    if (row != null) {
      mayReadPasswords = false;
      log.atInfo().log(
          "the gateway's account mustn't read pg_authid: a password that is changed at the"
              + " server doesn't end pooled connections");
    } else if (!told) {
      told = true;
      log.atWarn()
          .addKeyValue("error", String.valueOf(failure))
          .log("defaults that are changed at the server aren't noticed: it can't be asked");
    }
    return row;
  }

  private void answered(
      List<PoolKey> keys, @Nullable List<@Nullable String> row, CompletableFuture<Void> look) {
    synchronized (this) {
      if (row == null) {
        keys.forEach(key -> known.putIfAbsent(key, UNKNOWN));
      } else {
        told = false;
        take(keys, row);
      }
      current = null;
      currentIsAsked = false;
      CompletableFuture<Void> following = next;
      next = null;
      if (following != null) {
        begin(following, true);
      }
    }
    look.complete(null);
  }

  private void take(List<PoolKey> keys, List<@Nullable String> row) {
    String files = row.get(0);
    boolean allAreOther = filesRead != null && !filesRead.equals(files);
    filesRead = files;
    known.keySet().retainAll(keys);
    String lines = row.get(1);
    List<DefaultsQuestion.Line> states = lines == null ? List.of() : DefaultsQuestion.lines(lines);
    for (int i = 0; i < Math.min(keys.size(), states.size()); i++) {
      DefaultsQuestion.Line state = states.get(i);
      String before = known.put(keys.get(i), state.versions());
      boolean other = before != null && !before.equals(state.versions());
      if (other && !before.equals(UNKNOWN)) {
        log.atInfo()
            .addKeyValue("database", keys.get(i).database())
            .addKeyValue("user", keys.get(i).user())
            .log("new sessions differ at the server: pooled connections are replaced");
      }
      if (allAreOther || other || state.wanted()) {
        pools.renew(keys.get(i));
      }
    }
  }
}
