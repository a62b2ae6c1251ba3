package dev.tenantgate.gateway.console;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayDeque;
import java.util.Deque;

/** The types of columns, in both formats of the protocol (PostgreSQL's {@code pg_type}). */
enum ColumnType {
  TEXT(25, -1) {
    @Override
    void writeBinary(ByteBuf out, Object value) {
      writeText(out, value);
    }
  },
  INT4(23, 4) {
    @Override
    void writeBinary(ByteBuf out, Object value) {
      out.writeInt(((Number) value).intValue());
    }
  },
  INT8(20, 8) {
    @Override
    void writeBinary(ByteBuf out, Object value) {
      out.writeLong(((Number) value).longValue());
    }
  },
  /** Whole numbers alone, as PgBouncer's sums are. */
  NUMERIC(1700, -1) {
    @Override
    void writeBinary(ByteBuf out, Object value) {
      long rest = ((Number) value).longValue();
      int sign = rest < 0 ? 0x4000 : 0;
      Deque<Integer> digits = new ArrayDeque<>();
      for (long left = rest; left != 0; left /= 10_000) {
        digits.addFirst((int) Math.abs(left % 10_000));
      }
      out.writeShort(digits.size()).writeShort(Math.max(0, digits.size() - 1));
      out.writeShort(sign).writeShort(0);
      digits.forEach(out::writeShort);
    }
  };

  private final int oid;
  private final int bytes;

  ColumnType(int oid, int bytes) {
    this.oid = oid;
    this.bytes = bytes;
  }

  /** Its number in {@code pg_type}. */
  int oid() {
    return oid;
  }

  /** How many bytes a value takes; -1 if they vary. */
  int bytes() {
    return bytes;
  }

  /** Writes a value as text, without its length. */
  void writeText(ByteBuf out, Object value) {
    String text = value.toString();
    // A NUL can't be in a text of PostgreSQL's.
    ByteBufUtil.writeUtf8(out, text.indexOf('\0') < 0 ? text : text.replace('\0', '?'));
  }

  /** Writes a value in the binary format, without its length. */
  abstract void writeBinary(ByteBuf out, Object value);
}
