package dev.tenantgate.gateway.protocol;

/** The status of the backend's transaction in a ReadyForQuery. */
public enum TransactionStatus {
  IDLE('I'),
  IN_TRANSACTION('T'),
  FAILED('E');

  private final byte code;

  TransactionStatus(char code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  /**
   * The status of a ReadyForQuery's only byte.
   *
   * @throws ProtocolViolation if there is no such status
   */
  public static TransactionStatus ofCode(byte code) {
    return switch (code) {
      case 'I' -> IDLE;
      case 'T' -> IN_TRANSACTION;
      case 'E' -> FAILED;
      default -> throw new ProtocolViolation("unknown transaction status " + (code & 0xff));
    };
  }
}
