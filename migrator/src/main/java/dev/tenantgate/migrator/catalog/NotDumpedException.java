package dev.tenantgate.migrator.catalog;

/** A schema has something in it that its dump wouldn't make again; the message names it. */
public final class NotDumpedException extends Exception {

  private static final long serialVersionUID = 1L;

  NotDumpedException(String message) {
    super(message);
  }
}
