package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.BoundValues;
import dev.tenantgate.gateway.scan.Operand;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the values of a Bind, from behind its names. Stateless. */
final class BindValues {

  private BindValues() {}

  static BoundValues read(ByteBuf values) {
    return new BoundValues(operands(values.duplicate()));
  }

  private static List<Operand> operands(ByteBuf in) {
    List<Operand> operands = new ArrayList<>();
    try {
      int formats = in.readUnsignedShort();
      int formatsAt = in.readerIndex();
      in.skipBytes(2 * formats);
      int count = in.readUnsignedShort();
      for (int i = 0; i < count; i++) {
        int format = formats == 0 ? 0 : in.getShort(formatsAt + (formats == 1 ? 0 : 2 * i));
        operands.add(operand(in, format != 0));
      }
    } catch (IndexOutOfBoundsException e) {
      return operands; // cut off, or malformed, which the server will say
    }
    return operands;
  }

  private static Operand operand(ByteBuf in, boolean binary) {
    int bytes = in.readInt();
    if (bytes < 0) {
      return Operand.Null.INSTANCE;
    }
    String text = in.readString(bytes, StandardCharsets.UTF_8);
    // Text is the same in both formats; the one other type that matters here is boolean.
    return binary && bytes == 1 && text.charAt(0) < 2
        ? new Operand.Literal(text.charAt(0) == 0 ? "false" : "true")
        : new Operand.Literal(text);
  }
}
