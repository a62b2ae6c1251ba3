package dev.tenantgate.gateway.statements;

import com.github.benmanes.caffeine.cache.Interner;
import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A server's description of a prepared statement: the types of its parameters, and of each column
 * the name, the type and its modifier. A client relies on it for as long as it has the statement.
 * Of the columns it is only kept whether they are the same, as a digest. Immutable.
 */
public final class Description {

  private static final Interner<Description> ALL = Interner.newWeakInterner();

  /** Before a column's type: its table and its number in that; behind it: its size. */
  private static final int ORIGIN_BYTES = 6;

  private static final int FORMAT_BYTES = 2;

  /** Shorter ones are kept as they are. */
  private static final int DIGEST_BYTES = 32;

  /** Of this object and its arrays. */
  private static final int FIXED_BYTES = 80;

  private final byte[] parameters;
  private final byte @Nullable [] columns;
  private final int hash;

  private Description(byte[] parameters, byte @Nullable [] columns) {
    this.parameters = parameters;
    this.columns = columns;
    this.hash = 31 * Arrays.hashCode(parameters) + Arrays.hashCode(columns);
  }

  /**
   * Of the answers to a Describe.
   *
   * @param parameters a ParameterDescription's body
   * @param columns a RowDescription's body; null after a NoData
   */
  public static Description of(byte[] parameters, @Nullable ByteBuf columns) {
    return ALL.intern(
        new Description(parameters, columns == null ? null : digest(essence(columns))));
  }

  private static byte[] digest(byte[] bytes) {
    if (bytes.length < DIGEST_BYTES) {
      return bytes;
    }
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The heap that it takes. */
  int bytes() {
    return FIXED_BYTES + parameters.length;
  }

  /** PostgreSQL compares names, types and modifiers; not where a column comes from. */
  private static byte[] essence(ByteBuf in) {
    byte[] kept = new byte[in.readableBytes()];
    int length = 0;
    int at = in.readerIndex() + 2;
    int end = in.writerIndex();
    while (at < end) {
      int nameBytes = in.indexOf(at, end, (byte) 0) + 1 - at;
      in.getBytes(at, kept, length, nameBytes);
      length += nameBytes;
      at += nameBytes + ORIGIN_BYTES;
      in.getBytes(at, kept, length, 4); // the type's OID
      in.getBytes(at + 6, kept, length + 4, 4); // the modifier, behind the type's size
      length += 8;
      at += 10 + FORMAT_BYTES;
    }
    return Arrays.copyOf(kept, length);
  }

  /** The end of a Parse: how many parameters have which types. */
  byte[] parameters() {
    return parameters;
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof Description description
            && description.hash == hash
            && Arrays.equals(description.parameters, parameters)
            && Arrays.equals(description.columns, columns));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
