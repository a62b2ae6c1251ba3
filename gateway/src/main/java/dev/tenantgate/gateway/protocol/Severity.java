package dev.tenantgate.gateway.protocol;

/** How grave an ErrorResponse or a NoticeResponse is. The first two make it an ErrorResponse. */
public enum Severity {
  FATAL,
  ERROR,
  WARNING,
  NOTICE;

  boolean isError() {
    return this == FATAL || this == ERROR;
  }
}
