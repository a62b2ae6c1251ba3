package dev.tenantgate.gateway.otlp;

import dev.tenantgate.gateway.tracing.Tracing.Outcome;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spans on their way to the collector: one thread sends them, up to 512 at a time, at most a second
 * after their end. Where it can't keep up, or the collector isn't there, spans are left out and
 * counted; nobody ever waits. Thread-safe.
 */
final class SpanQueue implements SpanProcessor {

  private static final Logger log = LoggerFactory.getLogger(SpanQueue.class);

  private static final int MOST_QUEUED = 8192;
  private static final int MOST_AT_ONCE = 512;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  /** Beyond what the exporter takes for its own tries. */
  private static final Duration EXPORT_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration QUIET = Duration.ofSeconds(30);

  private final SpanExporter exporter;
  private final URI endpoint;
  private final BlockingQueue<ReadableSpan> queue = new ArrayBlockingQueue<>(MOST_QUEUED);
  private final Map<Outcome, LongAdder> counts = new EnumMap<>(Outcome.class);
  private final Thread thread = new Thread(this::send, "tenantgate-traces");

  /** When to give up, by {@link System#nanoTime}; set at the end. */
  private volatile long deadlineNanos;

  private volatile boolean closed;
  private long toldNanos = System.nanoTime() - QUIET.toNanos();
  private long toldLost;

  SpanQueue(SpanExporter exporter, URI endpoint) {
    this.exporter = exporter;
    this.endpoint = endpoint;
    for (Outcome outcome : Outcome.values()) {
      counts.put(outcome, new LongAdder());
    }
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  long spans(Outcome outcome) {
    return count(outcome).sum();
  }

  private LongAdder count(Outcome outcome) {
    return java.util.Objects.requireNonNull(counts.get(outcome));
  }

  // ---- spans

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (span.getSpanContext().isSampled() && (closed || !queue.offer(span))) {
      count(Outcome.DROPPED).increment();
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  // ---- sending

  private void send() {
    List<ReadableSpan> batch = new ArrayList<>(MOST_AT_ONCE);
    try {
      while (!closed || !queue.isEmpty()) {
        take(batch);
        if (!batch.isEmpty()) {
          export(batch);
          batch.clear();
        }
      }
    } catch (InterruptedException e) {
      // The time for what is left is up.
      count(Outcome.DROPPED).add(queue.size() + (long) batch.size());
      Thread.currentThread().interrupt();
    }
  }

  /** Takes what has come within a second of the first. */
  private void take(List<ReadableSpan> batch) throws InterruptedException {
    ReadableSpan first = queue.poll(LONGEST_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    if (first == null) {
      return;
    }
    batch.add(first);
    long until = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (batch.size() < MOST_AT_ONCE) {
      long left = closed ? 0 : until - System.nanoTime();
      ReadableSpan next = queue.poll(Math.max(0, left), TimeUnit.NANOSECONDS);
      if (next == null) {
        return;
      }
      batch.add(next);
    }
  }

  private void export(List<ReadableSpan> batch) throws InterruptedException {
    List<SpanData> spans = batch.stream().map(ReadableSpan::toSpanData).toList();
    CompletableResultCode result = exporter.export(spans);
    result.join(patience().toNanos(), TimeUnit.NANOSECONDS);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (result.isSuccess()) {
      count(Outcome.EXPORTED).add(spans.size());
    } else {
      count(Outcome.FAILED).add(spans.size());
      tellOfFailure(result.getFailureThrowable());
    }
  }

  private Duration patience() {
    return closed
        ? Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()))
        : EXPORT_TIMEOUT;
  }

  /** One line in 30 s, with what was lost since the last. */
  private void tellOfFailure(@Nullable Throwable cause) {
    long now = System.nanoTime();
    if (now - toldNanos < QUIET.toNanos()) {
      return;
    }
    long lost = spans(Outcome.FAILED) + spans(Outcome.DROPPED);
    log.atWarn()
        .addKeyValue("endpoint", endpoint)
        .addKeyValue("spans_lost", lost - toldLost)
        .addKeyValue("error", cause == null ? "no answer, or a refusal" : cause.toString())
        .log("spans can't be sent to the collector");
    toldNanos = now;
    toldLost = lost;
  }

  // ---- the end

  @Override
  public CompletableResultCode shutdown() {
    close();
    return CompletableResultCode.ofSuccess();
  }

  /** Sends what is there, for {@link #FLUSH_TIMEOUT} at most. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    deadlineNanos = System.nanoTime() + FLUSH_TIMEOUT.toNanos();
    closed = true;
    try {
      thread.join(FLUSH_TIMEOUT.toMillis());
      if (thread.isAlive()) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    exporter.shutdown().join(1, TimeUnit.SECONDS);
  }
}
