package dev.tenantgate.gateway.gate;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Names of threads. Stateless. */
final class Threads {

  private Threads() {}

  /** Daemon threads called {@code prefix-1}, {@code prefix-2} and so on. */
  static ThreadFactory named(String prefix) {
    AtomicInteger next = new AtomicInteger(1);
    return task -> {
      Thread thread = new Thread(task, prefix + "-" + next.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A few threads, which end once nothing was to be done for half a minute. */
  static ExecutorService few(int number, String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            number, number, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named(name));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }
}
