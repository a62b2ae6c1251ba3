package dev.tenantgate.gateway.prepared;

import com.github.benmanes.caffeine.cache.Interner;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a Parse says behind the statement's name: the query's text with its NUL, and the types of
 * its parameters. One for all clients that prepare the same. Immutable.
 */
public final class StatementText {

  private static final Interner<StatementText> ALL = Interner.newWeakInterner();

  private final byte[] body;
  private final int hash;
  private final ScannedQuery scanned;

  private StatementText(byte[] body, ScannedQuery scanned) {
    this.body = body;
    this.hash = 31 * Arrays.hashCode(body) + scanned.hashCode();
    this.scanned = scanned;
  }

  /**
   * The text of a Parse.
   *
   * @param at index behind the statement's name and its NUL
   * @param bytes from there to the message's end
   * @param scanned what its execution does to the session
   */
  public static StatementText of(ByteBuf in, int at, int bytes, ScannedQuery scanned) {
    byte[] body = new byte[bytes];
    in.getBytes(at, body);
    return ALL.intern(new StatementText(body, scanned));
  }

  /** What its execution does to the session. */
  public ScannedQuery scanned() {
    return scanned;
  }

  /** The query's text. */
  public ByteBuf text() {
    return Unpooled.wrappedBuffer(body, 0, textBytes(body));
  }

  private static int textBytes(byte[] body) {
    int bytes = 0;
    while (bytes < body.length && body[bytes] != 0) {
      bytes++;
    }
    return bytes;
  }

  /**
   * Writes a Parse of it under a name.
   *
   * @param told what the client was told: it goes on with these types; null for those that it gave
   */
  public void writeParse(ByteBuf out, byte[] name, @Nullable Description told) {
    writeParse(out, name, body, body.length, told);
  }

  /** The same of a body that isn't kept: a text with its NUL, and types. */
  public static void writeParse(
      ByteBuf out, byte[] name, byte[] body, int bytes, @Nullable Description told) {
    int kept = told == null ? bytes : textBytes(body) + 1;
    byte[] types = told == null ? new byte[0] : told.parameters();
    out.writeByte('P').writeInt(4 + name.length + 1 + kept + types.length);
    out.writeBytes(name).writeByte(0).writeBytes(body, 0, kept).writeBytes(types);
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof StatementText text
            && text.hash == hash
            && Arrays.equals(text.body, body)
            && text.scanned.equals(scanned));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
