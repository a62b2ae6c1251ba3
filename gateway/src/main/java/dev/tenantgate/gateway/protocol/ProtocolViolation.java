package dev.tenantgate.gateway.protocol;

/**
 * A peer sent what the protocol doesn't allow. The stream can't be trusted from there on, so the
 * connection ends, mostly with SQLSTATE 08P01. Carries no stack trace: what a client does wrong is
 * no fault of ours.
 */
public final class ProtocolViolation extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final SqlState state;
  private final boolean told;

  public ProtocolViolation(String message) {
    this(SqlState.PROTOCOL_VIOLATION, message);
  }

  /** One that PostgreSQL has another code for. */
  public ProtocolViolation(SqlState state, String message) {
    this(state, message, true);
  }

  private ProtocolViolation(SqlState state, String message, boolean told) {
    super(message, null, false, false);
    this.state = state;
    this.told = told;
  }

  /**
   * One that ends the connection without a word: nothing says that the peer speaks this protocol,
   * and an ErrorResponse would be as strange to it as its bytes were here.
   */
  public static ProtocolViolation untold(String message) {
    return new ProtocolViolation(SqlState.PROTOCOL_VIOLATION, message, false);
  }

  /** The code that the peer is told, if it is. */
  public SqlState state() {
    return state;
  }

  /** Whether the peer is to be told. */
  public boolean isTold() {
    return told;
  }
}
