package dev.tenantgate.gateway.session;

import dev.tenantgate.config.ConsoleSettings;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The clients of the console: how many there are, and who takes them in. Thread-safe. */
public final class Consoles {

  private final Supplier<ConsoleSettings> settings;
  private final AtomicInteger open = new AtomicInteger();
  private volatile @Nullable ConsoleEntry entry;

  Consoles(Supplier<ConsoleSettings> settings) {
    this.settings = settings;
  }

  /** From now on clients are taken in. */
  public void open(ConsoleEntry console) {
    entry = console;
  }

  /** How many there are. */
  public int count() {
    return open.get();
  }

  ConsoleSettings settings() {
    return settings.get();
  }

  /** The console; null as long as the gateway starts. */
  @Nullable ConsoleEntry entry() {
    return entry;
  }

  /** Takes a place, unless all are taken. */
  boolean enter() {
    if (open.incrementAndGet() > settings.get().connections()) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Gives the place back. */
  void leave() {
    open.decrementAndGet();
  }
}
