package dev.tenantgate.gateway.protocol;

/**
 * A peer sent what the protocol doesn't allow. The stream can't be trusted from there on, so the
 * connection ends, with SQLSTATE 08P01. Carries no stack trace: what a client does wrong is no
 * fault of ours.
 */
public final class ProtocolViolation extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ProtocolViolation(String message) {
    super(message, null, false, false);
  }
}
