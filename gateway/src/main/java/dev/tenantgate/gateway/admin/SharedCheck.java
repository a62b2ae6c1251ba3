package dev.tenantgate.gateway.admin;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A check that takes a while, made once for all who ask while it is under way. Thread-safe.
 *
 * @param <T> what it finds
 */
final class SharedCheck<T> {

  private final Supplier<T> check;
  private final Executor blocking;
  private final Object lock = new Object();

  /** Guarded by lock. */
  private @Nullable CompletableFuture<T> underWay;

  SharedCheck(Supplier<T> check, Executor blocking) {
    this.check = check;
    this.blocking = blocking;
  }

  /** The check's result; the future is the caller's own. */
  CompletableFuture<T> result() {
    synchronized (lock) {
      if (underWay == null || underWay.isDone()) {
        underWay = CompletableFuture.supplyAsync(check, blocking);
      }
      return underWay.copy();
    }
  }
}
