package dev.tenantgate.migrator.announce;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A single thread that is there only while there is something for it to do. Stateless. */
public final class OnDemandThread {

  private static final int IDLE_SECONDS = 10;

  private OnDemandThread() {}

  /** One that keeps no process from ending; to be shut down by the caller. */
  public static ThreadPoolExecutor named(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread made = new Thread(task, name);
              made.setDaemon(true);
              return made;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
