package dev.tenantgate.gateway.trial;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The experiences of the trial's clients. Thread-safe. */
final class TrialLedger {

  /**
   * How long a client waited for the first answer of a transaction.
   *
   * @param client its number
   * @param tenant where
   * @param from when it began, by {@link System#nanoTime}
   * @param nanos for how long
   */
  record Wait(int client, int tenant, long from, long nanos) {

    /** When it began, in nanoseconds since 1970. */
    long fromEpoch() {
      return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - (System.nanoTime() - from);
    }

    /** When it ended, in nanoseconds since 1970. */
    long untilEpoch() {
      return fromEpoch() + nanos;
    }
  }

  /**
   * The increments that clients made to a tenant's rows.
   *
   * @param acknowledged those whose COMMIT was answered
   * @param unknown those whose COMMIT was sent, on a connection that broke
   */
  private record Increments(LongAdder acknowledged, LongAdder unknown) {}

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Queue<String> torn = new ConcurrentLinkedQueue<>();
  private final Queue<Wait> waits = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Increments> increments = new ConcurrentHashMap<>();
  private final LongAdder transactions = new LongAdder();
  private final AtomicInteger excused = new AtomicInteger();

  /** A transaction was committed. */
  void committed() {
    transactions.increment();
  }

  long transactions() {
    return transactions.sum();
  }

  void waited(Wait wait) {
    waits.add(wait);
  }

  Collection<Wait> waits() {
    return waits;
  }

  /** An error that there was no reason for. */
  void failed(String what) {
    failures.add(what);
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** An error on a connection that was cut. */
  void excused() {
    excused.incrementAndGet();
  }

  int timesExcused() {
    return excused.get();
  }

  /** A result that must never be. */
  void wrong(String what) {
    wrong.add(what);
  }

  List<String> wrong() {
    return List.copyOf(wrong);
  }

  /** A schema changed inside a transaction. */
  void torn(String what) {
    torn.add(what);
  }

  List<String> torn() {
    return List.copyOf(torn);
  }

  /** A tenant's row was counted up. */
  void incremented(int tenant) {
    of(tenant).acknowledged.increment();
  }

  /** A tenant's row may have been counted up: nobody knows. */
  void perhapsIncremented(int tenant) {
    of(tenant).unknown.increment();
  }

  /** Whether the sum of a tenant's rows is what its clients were told. */
  boolean agrees(int tenant, long sum) {
    Increments told = of(tenant);
    long least = told.acknowledged.sum();
    return sum >= least && sum <= least + told.unknown.sum();
  }

  private Increments of(int tenant) {
    return increments.computeIfAbsent(
        tenant, t -> new Increments(new LongAdder(), new LongAdder()));
  }
}
