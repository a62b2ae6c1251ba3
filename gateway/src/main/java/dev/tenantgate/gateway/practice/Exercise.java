package dev.tenantgate.gateway.practice;

import java.util.List;

/** The kinds of load that the wire path is exercised with: those that the benchmark measures. */
enum Exercise {
  /** One Query. */
  SIMPLE(List.of("SELECT 1")),

  /** Parse, Bind, Describe, Execute, Sync, as drivers send them. */
  EXTENDED(List.of("SELECT 1")),

  /** The same with a statement that was prepared once. */
  PREPARED(List.of("SELECT 1")),

  /** A transaction that goes to its tenant first, in four messages. */
  TENANT(List.of("BEGIN", "SET LOCAL search_path = practice_%d", "SELECT 1", "COMMIT")),

  /** The same with the first two in one. */
  TENANT_AT_ONCE(List.of("BEGIN; SET LOCAL search_path = practice_%d", "SELECT 1", "COMMIT")),

  /** A session that goes to another tenant in front of each transaction. */
  SWITCH(List.of("SET search_path = practice_%d", "SELECT 1")),

  /** A result of many rows. */
  ROWS(List.of("SELECT large"));

  /** How the text of a large result begins. */
  static final String LARGE = "SELECT large";

  static final int LARGE_ROWS = 1_000;

  /** One value of it. */
  static final String LARGE_VALUE = "x".repeat(100);

  private final List<String> texts;

  Exercise(List<String> texts) {
    this.texts = texts;
  }

  /** The texts of one transaction, in which {@code %d} stands for a tenant. */
  List<String> texts() {
    return texts;
  }
}
