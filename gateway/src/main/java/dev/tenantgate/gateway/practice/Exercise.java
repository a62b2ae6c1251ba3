package dev.tenantgate.gateway.practice;

import java.util.List;

/** The kinds of load that the wire path is exercised with: those that the benchmark measures. */
enum Exercise {
  /** One Query. */
  SIMPLE,

  /** Parse, Bind, Describe, Execute, Sync, as drivers send them. */
  EXTENDED,

  /** The same with a statement that was prepared once. */
  PREPARED,

  /** A transaction that goes to its tenant first, in four messages. */
  TENANT,

  /** The same with the first two in one. */
  TENANT_AT_ONCE,

  /** A session that goes to another tenant in front of each transaction. */
  SWITCH,

  /** A result of many rows. */
  ROWS;

  /** How the text of a large result begins. */
  static final String LARGE = "SELECT large";

  static final int LARGE_ROWS = 1_000;

  /** One value of it. */
  static final String LARGE_VALUE = "x".repeat(100);

  private static final String ONE = "SELECT 1";

  /** The texts of one transaction, in which {@code %d} stands for a tenant. */
  List<String> texts() {
    return switch (this) {
      case SIMPLE, EXTENDED, PREPARED -> List.of(ONE);
      case TENANT -> List.of("BEGIN", "SET LOCAL search_path = practice_%d", ONE, "COMMIT");
      case TENANT_AT_ONCE -> List.of("BEGIN; SET LOCAL search_path = practice_%d", ONE, "COMMIT");
      case SWITCH -> List.of("SET search_path = practice_%d", ONE);
      case ROWS -> List.of(LARGE);
    };
  }
}
