package dev.tenantgate.gateway.tracing;

import dev.tenantgate.migrator.SchemaRef;

/** A span that is recorded. Thread-safe; after its end nothing is added any more. */
public interface TraceSpan {

  /** Begins a part of it. */
  TraceSpan child(SpanName name);

  /** A part of it that has begun already, at that time of {@link System#nanoTime}. */
  TraceSpan child(SpanName name, long beganNanos);

  /** Notes something; values are cut after 256 characters. */
  TraceSpan set(String attribute, String value);

  /** Notes a number. */
  TraceSpan set(String attribute, long value);

  /** Notes that something happened now. */
  void event(String text);

  /**
   * Points to the last migration of a schema, if this gateway runs it or has run it since this span
   * began.
   */
  void linkToMigration(SchemaRef schema);

  /** Notes that it failed: with a SQLSTATE, or a word. */
  TraceSpan failed(String reason);

  /** Ends it; later calls do nothing. */
  void end();

  /** The same at a time of {@link System#nanoTime}. */
  void end(long endedNanos);

  /** 32 hexadecimal digits. */
  String traceId();

  /** 16 hexadecimal digits. */
  String spanId();
}
