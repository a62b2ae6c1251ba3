package dev.tenantgate.gateway.cli;

import java.util.Locale;

/** How a command says what came of it. */
public enum OutputFormat {
  /** Lines for people. */
  TEXT,
  /** One JSON document for programs. */
  JSON;

  /** As the option has it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
