package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The process and the secret that BackendKeyData gives and CancelRequest shows. The secret has four
 * bytes in protocol 3.0 and up to 256 from 3.2 on. Immutable.
 */
public final class CancelKey {

  private static final int MAX_SECRET_BYTES = 256;

  /** As PostgreSQL 18 makes them. */
  private static final int LONG_SECRET_BYTES = 32;

  /** No server's process has a number as large as that. */
  private static final int TEN_DIGITS = 1 << 30;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final int processId;
  private final byte[] secret;

  private CancelKey(int processId, byte[] secret) {
    this.processId = processId;
    this.secret = secret;
  }

  /**
   * Makes a key of the gateway's own, which nobody can guess, with a process of its own as well.
   *
   * @param version spoken by whom it is for: before 3.2 secrets have four bytes
   */
  public static CancelKey random(ProtocolVersion version) {
    // A process id is a positive number; drivers show it to people.
    return ofProcess((RANDOM.nextInt() & Integer.MAX_VALUE) | TEN_DIGITS, version);
  }

  /**
   * Makes a key for a client that a process of the server's serves, with a secret of the gateway's
   * own: so it is nobody else's, where two servers have a process of that number as well.
   *
   * @param version spoken by whom it is for: before 3.2 secrets have four bytes
   */
  public static CancelKey ofProcess(int processId, ProtocolVersion version) {
    byte[] secret = new byte[version.minor() >= 2 ? LONG_SECRET_BYTES : 4];
    RANDOM.nextBytes(secret);
    return new CancelKey(processId, secret);
  }

  /**
   * Reads process and secret from all that is readable.
   *
   * @throws ProtocolViolation if the secret's length can't be
   */
  public static CancelKey read(ByteBuf in) {
    int secretBytes = in.readableBytes() - 4;
    if (secretBytes < 4 || secretBytes > MAX_SECRET_BYTES) {
      throw new ProtocolViolation(
          "cancel key has a secret of %d bytes, 4 to %d are possible"
              .formatted(secretBytes, MAX_SECRET_BYTES));
    }
    int processId = in.readInt();
    byte[] secret = new byte[secretBytes];
    in.readBytes(secret);
    return new CancelKey(processId, secret);
  }

  public void writeTo(ByteBuf out) {
    out.writeInt(processId).writeBytes(secret);
  }

  public int processId() {
    return processId;
  }

  public int secretBytes() {
    return secret.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CancelKey key
        && processId == key.processId
        && Arrays.equals(secret, key.secret);
  }

  @Override
  public int hashCode() {
    return 31 * processId + Arrays.hashCode(secret);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "process " + processId;
  }
}
