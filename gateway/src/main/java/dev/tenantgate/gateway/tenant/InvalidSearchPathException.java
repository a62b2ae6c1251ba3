package dev.tenantgate.gateway.tenant;

/** A {@code search_path} that the server wouldn't accept either. */
public final class InvalidSearchPathException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Takes what is wrong with the value, in a sentence. */
  InvalidSearchPathException(String message) {
    super(message, null, false, false);
  }
}
