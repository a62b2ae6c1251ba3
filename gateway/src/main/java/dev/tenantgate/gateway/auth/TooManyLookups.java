package dev.tenantgate.gateway.auth;

/** Too many users' secrets are being looked up at the moment. Carries no stack trace. */
public final class TooManyLookups extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TooManyLookups() {
    super("too many clients wait for auth.query", null, false, false);
  }
}
