package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An ErrorResponse or a NoticeResponse, as its severity says (section "Error and Notice Message
 * Fields").
 *
 * @param severity decides the message's type
 * @param sqlState five characters
 * @param message one line: what happened to whom
 * @param detail why; null for nothing to say
 * @param hint what to do; null for nothing to say
 * @param routine of the server's source that raises it, by which drivers know some errors; null
 *     where that isn't known
 * @param lasting whether a connection to the server failed for a reason that doesn't pass, which is
 *     for an operator to mend; nobody waits for it. Never sent.
 */
public record Report(
    Severity severity,
    String sqlState,
    String message,
    @Nullable String detail,
    @Nullable String hint,
    @Nullable String routine,
    boolean lasting) {

  /** The routine by which drivers know that a statement has to be prepared anew. */
  public static final String CACHED_PLAN_ROUTINE = "RevalidateCachedQuery";

  public Report(
      Severity severity,
      String sqlState,
      String message,
      @Nullable String detail,
      @Nullable String hint) {
    this(severity, sqlState, message, detail, hint, null);
  }

  public Report(
      Severity severity,
      String sqlState,
      String message,
      @Nullable String detail,
      @Nullable String hint,
      @Nullable String routine) {
    this(severity, sqlState, message, detail, hint, routine, false);
  }

  public static Report fatal(SqlState state, String message) {
    return new Report(Severity.FATAL, state.code(), message, null, null);
  }

  public static Report error(SqlState state, String message) {
    return new Report(Severity.ERROR, state.code(), message, null, null);
  }

  public static Report notice(String message, @Nullable String detail) {
    return new Report(
        Severity.NOTICE, SqlState.SUCCESSFUL_COMPLETION.code(), message, detail, null);
  }

  public static Report warning(String message, @Nullable String detail) {
    return new Report(Severity.WARNING, SqlState.WARNING.code(), message, detail, null);
  }

  /** Whether it has that SQLSTATE. */
  public boolean is(SqlState state) {
    return sqlState.equals(state.code());
  }

  /** As an end of the connection. */
  public Report asFatal() {
    return new Report(Severity.FATAL, sqlState, message, detail, hint, routine, lasting);
  }

  /** As one that doesn't pass by itself. */
  public Report asLasting() {
    return new Report(severity, sqlState, message, detail, hint, routine, true);
  }

  /** As an error that the session survives. */
  public Report asError() {
    return new Report(Severity.ERROR, sqlState, message, detail, hint, routine);
  }

  public Report withHint(String text) {
    return new Report(severity, sqlState, message, detail, text, routine, lasting);
  }

  public Report withDetail(String text) {
    return new Report(severity, sqlState, message, text, hint, routine, lasting);
  }

  /** The whole message. The caller owns the buffer. */
  public ByteBuf encode(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(256);
    out.writeByte(
        severity.isError() ? BackendMessage.ERROR_RESPONSE : BackendMessage.NOTICE_RESPONSE);
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    field(out, 'S', severity.name());
    field(out, 'V', severity.name());
    field(out, 'C', sqlState);
    field(out, 'M', message);
    field(out, 'D', detail);
    field(out, 'H', hint);
    field(out, 'R', routine);
    out.writeByte(0);
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
    return out;
  }

  private static void field(ByteBuf out, char type, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      return;
    }
    out.writeByte(type);
    // A NUL would end the field early and shift all that follow.
    String text = value.indexOf('\0') < 0 ? value : value.replace('\0', '?');
    ByteBufUtil.writeUtf8(out, text);
    out.writeByte(0);
  }

  /**
   * Reads the fields that matter to us out of an ErrorResponse's body; a field it lacks is empty,
   * as a broken server may send none (CVE-2026-6666).
   */
  public static Report decode(ByteBuf body) {
    String sqlState = "";
    String message = "";
    String detail = null;
    String hint = null;
    String routine = null;
    Severity severity = Severity.ERROR;
    int index = body.readerIndex();
    int end = body.writerIndex();
    while (index < end) {
      byte type = body.getByte(index);
      int stop = type == 0 ? -1 : body.indexOf(index + 1, end, (byte) 0);
      if (stop < 0) {
        break;
      }
      String value = body.toString(index + 1, stop - index - 1, StandardCharsets.UTF_8);
      switch (type) {
        case 'V' ->
            severity = "FATAL".equals(value) || "PANIC".equals(value) ? Severity.FATAL : severity;
        case 'C' -> sqlState = value;
        case 'M' -> message = value;
        case 'D' -> detail = value;
        case 'H' -> hint = value;
        case 'R' -> routine = value;
        default -> {}
      }
      index = stop + 1;
    }
    return new Report(severity, sqlState, message, detail, hint, routine);
  }
}
