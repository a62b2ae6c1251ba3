package dev.tenantgate.config;

/** What happens to connections of a kind: passed on, or refused with an error. */
public enum PassOrReject {
  PASS,
  REJECT
}
