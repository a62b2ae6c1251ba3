package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.memory.LastingEventLoops;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a wire server: its event loops, and those that may do what a loop mustn't.
 * Thread-safe.
 *
 * @param names look up names of hosts
 * @param keys derive keys, and sign
 * @param disk a single one, which waits for the disk
 * @param scanning a single one, which looks at long texts
 */
record WireThreads(
    LastingEventLoops loops,
    ExecutorService names,
    ExecutorService keys,
    ExecutorService disk,
    ExecutorService scanning) {

  private static final int KEY_THREADS = 2;

  /**
   * Starts them.
   *
   * @param outOfMemory what a loop does where memory is short
   */
  static WireThreads start(Transport transport, Settings settings, Runnable outOfMemory) {
    return new WireThreads(
        transport.newEventLoops(loops(settings), "tenantgate-wire", outOfMemory),
        Executors.newCachedThreadPool(named("tenantgate-names")),
        Executors.newFixedThreadPool(KEY_THREADS, named("tenantgate-keys")),
        Executors.newSingleThreadExecutor(named("tenantgate-answers")),
        Executors.newSingleThreadExecutor(named("tenantgate-scans")));
  }

  private static DefaultThreadFactory named(String name) {
    return new DefaultThreadFactory(name, true);
  }

  /**
   * Fewer loops carry more: each finds more to do when it wakes, and wakes less often. On two
   * cores, with 16 clients, one loop had a fifth more throughput than two, at three fifths of the
   * processor time per transaction.
   */
  private static int loops(Settings settings) {
    int configured = settings.listen().threads();
    return configured > 0
        ? configured
        : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  /** Nothing came of the server. */
  void stopAtOnce() {
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    stopWorkers();
  }

  /** Ends all but the event loops. */
  void stopWorkers() {
    List.of(names, keys, disk, scanning).forEach(ExecutorService::shutdownNow);
  }
}
