package dev.tenantgate.gateway.tracing;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The span of somebody else's that a client's work belongs to, as W3C Trace Context (level 2)
 * writes it. Immutable.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 * @param flags 2 hexadecimal digits; the lowest bit says that the trace is recorded
 * @param state {@code tracestate}, unread; empty if there is none
 */
public record TraceContext(String traceId, String spanId, String flags, String state) {

  /** A name of the settings that clients give, at the start or by SET. */
  public static final String PARAMETER = "tenantgate.traceparent";

  private static final int LENGTH = 55;
  private static final int MOST_STATE = 512;
  private static final int FLAGS_AT = 53;
  private static final int SPAN_AT = 36;
  private static final Pattern FORM =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  /**
   * Reads a {@code traceparent} and what came beside it.
   *
   * @param traceparent a later version's may be longer
   * @param tracestate null if there was none; one that is too long is left out
   * @return null if it isn't one, as the specification asks for: it is ignored
   */
  public static @Nullable TraceContext parse(
      @Nullable String traceparent, @Nullable String tracestate) {
    if (traceparent == null || traceparent.length() < LENGTH) {
      return null;
    }
    boolean longer = traceparent.length() > LENGTH;
    if (longer && (traceparent.startsWith("00") || traceparent.charAt(LENGTH) != '-')) {
      return null;
    }
    String known = longer ? traceparent.substring(0, LENGTH) : traceparent;
    if (!FORM.matcher(known).matches()) {
      return null;
    }
    return new TraceContext(
        known.substring(3, SPAN_AT - 1),
        known.substring(SPAN_AT, FLAGS_AT - 1),
        known.substring(FLAGS_AT),
        tracestate == null || tracestate.length() > MOST_STATE ? "" : tracestate);
  }

  /** As version 00 writes it. */
  public String traceparent() {
    return "00-" + traceId + "-" + spanId + "-" + flags;
  }
}
