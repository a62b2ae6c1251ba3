package dev.tenantgate.gateway.statements;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Orders what matters to the meaning of a text: when a server was asked to analyse it, and when
 * what it names has changed. Counts events; nobody sees a time in it. Thread-safe.
 */
public final class AnalysisClock {

  private static final AtomicLong NOW = new AtomicLong();

  private AnalysisClock() {}

  /** Later than all before; never 0. */
  public static long tick() {
    return NOW.incrementAndGet();
  }
}
