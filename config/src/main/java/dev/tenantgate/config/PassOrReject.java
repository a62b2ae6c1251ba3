package dev.tenantgate.config;

/** Whether connections of a kind are passed on, or refused with an error. */
public enum PassOrReject {
  PASS,
  REJECT
}
