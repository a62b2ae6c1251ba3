package dev.tenantgate.gateway.protocol;

/**
 * A peer sent what the protocol doesn't allow. The stream can't be trusted from there on, so the
 * connection ends, with SQLSTATE 08P01. Carries no stack trace: what a client does wrong is no
 * fault of ours.
 */
public final class ProtocolViolation extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean told;

  public ProtocolViolation(String message) {
    this(message, true);
  }

  private ProtocolViolation(String message, boolean told) {
    super(message, null, false, false);
    this.told = told;
  }

  /**
   * One that ends the connection without a word: nothing says that the peer speaks this protocol,
   * and an ErrorResponse would be as strange to it as its bytes were here.
   */
  public static ProtocolViolation untold(String message) {
    return new ProtocolViolation(message, false);
  }

  /** Whether the peer is to be told. */
  public boolean isTold() {
    return told;
  }
}
