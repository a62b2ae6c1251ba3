package dev.tenantgate.gateway.startup;

/**
 * A client is turned away before its login, because there are too many at that step already. It
 * gets SQLSTATE 53300. Carries no stack trace.
 */
public final class LoginRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public LoginRefused(String message) {
    super(message, null, false, false);
  }
}
