package dev.tenantgate.migrator.checkpoint;

/** Migrations fail, or come to what can't be written down; the message says which and why. */
public final class CheckpointNotMadeException extends Exception {

  private static final long serialVersionUID = 1L;

  CheckpointNotMadeException(String message) {
    super(message);
  }
}
