package dev.tenantgate.gateway.cli;

import org.jspecify.annotations.Nullable;

/** SIGHUP reloads; one that comes during the start does so right behind it. Thread-safe. */
final class ReloadSignal {

  private @Nullable Runnable reload;
  private boolean missed;

  ReloadSignal() {
    Signals.on("HUP", this::arrived);
  }

  void arrived() {
    Runnable now;
    synchronized (this) {
      now = reload;
      missed |= now == null;
    }
    if (now != null) {
      now.run();
    }
  }

  /** The process is ready for it. */
  void ready(Runnable action) {
    boolean due;
    synchronized (this) {
      reload = action;
      due = missed;
    }
    if (due) {
      action.run();
    }
  }
}
