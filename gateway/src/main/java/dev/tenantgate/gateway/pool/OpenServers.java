package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.OpenServer;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The connections to the server: those of pools, and those of one session each. Thread-safe. */
public final class OpenServers {

  private final Collection<BackendPool> pools;
  private final LongSupplier nanoTime;
  private final Map<PooledBackend, PoolKey> own = new ConcurrentHashMap<>();

  OpenServers(Collection<BackendPool> pools, LongSupplier nanoTime) {
    this.pools = pools;
    this.nanoTime = nanoTime;
  }

  /** A session has one of its own from now on, until its connection ends. */
  void ownOpened(PoolKey key, PooledBackend backend) {
    own.put(backend, key);
    backend.channel().closeFuture().addListener(closed -> own.remove(backend));
  }

  /** Does something with each that is a session's own. On any thread. */
  void forEachOwn(BiConsumer<PoolKey, PooledBackend> task) {
    own.forEach((backend, key) -> task.accept(key, backend));
  }

  /** All of them. */
  public CompletionStage<List<OpenServer>> all() {
    List<CompletableFuture<List<OpenServer>>> parts = new ArrayList<>();
    pools.forEach(pool -> parts.add(on(pool.eventLoop(), () -> pool.backends().describe())));
    long now = nanoTime.getAsLong();
    own.forEach(
        (backend, key) ->
            parts.add(
                on(
                    backend.channel().eventLoop(),
                    () ->
                        List.of(
                            OpenServer.of(key, backend, now, backend.standing().isOutdated())))));
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(done -> parts.stream().flatMap(part -> part.join().stream()).toList());
  }

  private static CompletableFuture<List<OpenServer>> on(
      Executor loop, Supplier<List<OpenServer>> look) {
    try {
      return CompletableFuture.supplyAsync(look, loop);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(List.of()); // it is gone, and they with it
    }
  }
}
