package dev.tenantgate.gateway.tracing;

import dev.tenantgate.config.TracingSettings.Transactions;
import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** Makes spans, and sends them. Thread-safe. */
public interface Tracing extends AutoCloseable {

  /**
   * Begins a trace, or what belongs to somebody else's.
   *
   * @param parent null begins a trace
   * @param beganNanos when, by {@link System#nanoTime}
   * @return null if the trace isn't recorded
   */
  @Nullable TraceSpan begin(SpanName name, @Nullable TraceContext parent, long beganNanos);

  /** The transactions that get a span. */
  Transactions transactions();

  /** The span of a schema's migration that runs, or has ended last; null if none is known. */
  @Nullable TraceSpan migrationOf(SchemaRef schema);

  /** How many spans came to this end since the start. */
  long spans(Outcome outcome);

  /** The fate of a span. */
  enum Outcome {
    /** The collector has taken it. */
    EXPORTED,
    /** The queue was full. */
    DROPPED,
    /** The collector couldn't be reached, or has refused it. */
    FAILED
  }

  /** Sends what there is, for 3 s at most. */
  @Override
  void close();
}
