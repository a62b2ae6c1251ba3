package dev.tenantgate.gateway.testing;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/** Runs tasks when a test says so, on the test's thread. Confined to a test's thread. */
public final class ManualExecutor implements Executor {

  private final Queue<Runnable> tasks = new ArrayDeque<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  public int waiting() {
    return tasks.size();
  }

  /** Runs the oldest task; false if there is none. */
  public boolean runOne() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  /** Runs until nothing is left, also what is added meanwhile. */
  public void runAll() {
    boolean more = true;
    while (more) {
      more = runOne();
    }
  }
}
