package dev.tenantgate.gateway.gate;

import java.util.concurrent.ThreadFactory;
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
}
