package dev.tenantgate.gateway.auth;

/**
 * Users' secrets can't be looked up just now. Carries no stack trace: it is the database's doing.
 */
public final class SecretLookupFailed extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SecretLookupFailed(String message) {
    super(message, null, false, false);
  }
}
