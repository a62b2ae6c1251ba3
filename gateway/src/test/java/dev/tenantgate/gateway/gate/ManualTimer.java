package dev.tenantgate.gateway.gate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Timeout;

/** A clock and a timer that move when a test says so. Confined to a test's thread. */
final class ManualTimer implements HoldTimer {

  private final List<Task> tasks = new ArrayList<>();
  private long now = 1_000_000_000L;

  long nanoTime() {
    return now;
  }

  int waiting() {
    return tasks.size();
  }

  @Override
  public Timeout after(Duration delay, Runnable work) {
    Task task = new Task(now + delay.toNanos(), work);
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** Lets time pass, running what falls due on the way. */
  void advance(Duration by) {
    long end = now + by.toNanos();
    while (true) {
      Task next = tasks.stream().min(Comparator.comparingLong(Task::due)).orElse(null);
      if (next == null || next.due > end) {
        now = end;
        return;
      }
      tasks.remove(next);
      now = Math.max(now, next.due);
      next.work.run();
    }
  }

  @Override
  public void close() {
    tasks.clear();
  }

  private record Task(long due, Runnable work) {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
