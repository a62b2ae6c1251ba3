package dev.tenantgate.gateway.admin;

import java.util.List;

/**
 * The purpose of a request. Each kind has a bound of answers under way, so that none takes the
 * others' room; together they are fewer than the connections there may be.
 */
enum RequestKind {
  /** The page and its parts, and the API's description: they tell nothing about tenants. */
  PAGE(32),
  /** {@code /livez} and {@code /readyz}. */
  PROBE(48),
  /** {@code /metrics}. */
  METRICS(8),
  /** Lists that may be as long as there are tenants or sessions. */
  LIST(16),
  /** {@code /api/v1/events}. */
  EVENTS(64),
  /** Everything else. */
  OTHER(64);

  private final int most;

  RequestKind(int most) {
    this.most = most;
  }

  /** Answers under way at once. */
  int most() {
    return most;
  }

  /** Whether it is answered by threads that nothing else keeps busy. */
  boolean isWatching() {
    return this == PROBE || this == METRICS;
  }

  /** Whether it needs no token. */
  boolean isOpen() {
    return this == PAGE || this == PROBE;
  }

  static RequestKind of(List<String> segments) {
    return switch (String.join("/", segments)) {
      case "livez", "readyz" -> PROBE;
      case "metrics" -> METRICS;
      case "api/v1/tenants", "api/v1/sessions" -> LIST;
      case "api/v1/events" -> EVENTS;
      case "", "api/v1/openapi.json" -> PAGE;
      default -> !segments.isEmpty() && segments.get(0).equals("page") ? PAGE : OTHER;
    };
  }
}
