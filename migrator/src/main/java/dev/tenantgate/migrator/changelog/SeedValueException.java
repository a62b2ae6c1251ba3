package dev.tenantgate.migrator.changelog;

/** Seed data asks for a value that isn't given, or where none can stand; says file and line. */
public final class SeedValueException extends Exception {

  private static final long serialVersionUID = 1L;

  SeedValueException(String message) {
    super(message);
  }
}
