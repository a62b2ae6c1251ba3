package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.BackendMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backend's messages that answer commands (PostgreSQL documentation, "Message Formats").
 * Stateless.
 */
final class ResultWriter {

  private static final int TEXT_FORMAT = 0;

  private ResultWriter() {}

  /**
   * Writes a RowDescription.
   *
   * @param formats the format codes of a Bind: none for text, one for all columns, or one for each
   */
  static void describe(ByteBuf out, List<Column> columns, short[] formats) {
    int lengthAt = begin(out, BackendMessage.ROW_DESCRIPTION);
    out.writeShort(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      string(out, column.name());
      out.writeInt(0).writeShort(0); // of no table
      out.writeInt(column.type().oid()).writeShort(column.type().bytes()).writeInt(-1);
      out.writeShort(format(formats, i));
    }
    end(out, lengthAt);
  }

  /** Writes a DataRow. */
  static void row(
      ByteBuf out, List<Column> columns, List<@Nullable Object> values, short[] formats) {
    int lengthAt = begin(out, BackendMessage.DATA_ROW);
    out.writeShort(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      Object value = values.get(i);
      if (value == null) {
        out.writeInt(-1);
        continue;
      }
      int valueAt = out.writerIndex();
      out.writeInt(0);
      if (format(formats, i) == TEXT_FORMAT) {
        columns.get(i).type().writeText(out, value);
      } else {
        columns.get(i).type().writeBinary(out, value);
      }
      out.setInt(valueAt, out.writerIndex() - valueAt - 4);
    }
    end(out, lengthAt);
  }

  /** Writes a CommandComplete. */
  static void complete(ByteBuf out, String tag) {
    int lengthAt = begin(out, BackendMessage.COMMAND_COMPLETE);
    string(out, tag);
    end(out, lengthAt);
  }

  /** Writes a ParameterDescription without a parameter. */
  static void noParameters(ByteBuf out) {
    out.writeByte(BackendMessage.PARAMETER_DESCRIPTION).writeInt(6).writeShort(0);
  }

  /** Writes a message that is its type alone, such as ParseComplete. */
  static void bare(ByteBuf out, byte type) {
    out.writeByte(type).writeInt(4);
  }

  /** Writes a ReadyForQuery. */
  static void ready(ByteBuf out, char status) {
    out.writeByte(BackendMessage.READY_FOR_QUERY).writeInt(5).writeByte(status);
  }

  private static int format(short[] formats, int column) {
    return formats.length == 0 ? TEXT_FORMAT : formats[formats.length == 1 ? 0 : column];
  }

  private static int begin(ByteBuf out, byte type) {
    int lengthAt = out.writeByte(type).writerIndex();
    out.writeInt(0);
    return lengthAt;
  }

  private static void end(ByteBuf out, int lengthAt) {
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
  }

  private static void string(ByteBuf out, String text) {
    ByteBufUtil.writeUtf8(out, text);
    out.writeByte(0);
  }
}
