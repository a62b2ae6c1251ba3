package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.scan.BoundValues;
import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.Operand;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a Bind: portal, statement, and the values of the parameters. A value that
 * doesn't fit into the body isn't there; the server says what is wrong with it. Used once, in this
 * order, or from behind the names.
 */
public final class BindReader {

  public static final BoundValues NO_VALUES = new BoundValues(List.of());

  /** Longer values are none that a parameter of the session is given. */
  private static final int MAX_VALUE_BYTES = 64 * 1024;

  private static final int BINARY = 1;

  private final ByteBuf buffer;
  private final int end;
  private final ClientEncoding encoding;
  private int at;

  public BindReader(ByteBuf buffer, int body, int bodyBytes, ClientEncoding encoding) {
    this.buffer = buffer;
    this.at = body;
    this.end = body + bodyBytes;
    this.encoding = encoding;
  }

  /** A name that a NUL ends; null if none does. */
  public @Nullable String takeName() {
    int bytes = buffer.bytesBefore(at, end - at, (byte) 0);
    if (bytes < 0) {
      return null;
    }
    String name = buffer.toString(at, bytes, StandardCharsets.UTF_8);
    at += bytes + 1;
    return name;
  }

  /** The values, behind the two names. */
  public BoundValues values() {
    int formats = takeShort();
    int formatsAt = at;
    at += 2 * formats;
    int count = takeShort();
    List<Operand> values = new ArrayList<>(Math.min(count, 16));
    for (int i = 0; i < count && end - at >= 4; i++) {
      int format = formats == 0 ? 0 : formats == 1 ? format(formatsAt, 0) : format(formatsAt, i);
      values.add(takeValue(format == BINARY));
    }
    return new BoundValues(values);
  }

  private int format(int formatsAt, int index) {
    int place = formatsAt + 2 * index;
    return place + 2 <= end ? buffer.getShort(place) : 0;
  }

  private Operand takeValue(boolean binary) {
    int bytes = buffer.getInt(at);
    at += 4;
    if (bytes < 0) {
      return Operand.Null.INSTANCE;
    }
    if (bytes > end - at || bytes > MAX_VALUE_BYTES) {
      at = (int) Math.min(end, (long) at + bytes);
      return Operand.Opaque.INSTANCE;
    }
    int from = at;
    at += bytes;
    if (binary && bytes == 1 && buffer.getByte(from) >= 0 && buffer.getByte(from) <= 1) {
      return new Operand.Literal(buffer.getByte(from) == 1 ? "true" : "false");
    }
    // A text is the same in both formats.
    return new Operand.Literal(buffer.toString(from, bytes, encoding.charset()));
  }

  private int takeShort() {
    if (at < 0 || end - at < 2) {
      at = end;
      return 0;
    }
    int value = buffer.getUnsignedShort(at);
    at += 2;
    return value;
  }
}
