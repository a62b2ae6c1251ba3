package dev.tenantgate.migrator.connection;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.postgresql.core.PGStream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Reads errors, notices and settings that the server tells, of any length, in bounded memory: of
 * each field the beginning, of the notices the last few. Confined to one thread.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-error-fields.html">Fields</a>
 */
final class ServerWords {

  /** Of a field, in bytes. */
  private static final int LONGEST = 4 << 10;

  /** Of a notice that is kept, in characters. */
  private static final int LONGEST_NOTICE = 300;

  private static final int NOTICES = 5;

  private final PGStream stream;
  private final byte[] buffer = new byte[8 << 10];
  private final Deque<String> notices = new ArrayDeque<>();

  ServerWords(PGStream stream) {
    this.stream = stream;
  }

  /** Reads an ErrorResponse. */
  SQLException error(int length) throws IOException {
    return new PSQLException(message(length), RowValues.areTold());
  }

  /** Reads a NoticeResponse. */
  void notice(int length) throws IOException {
    ServerErrorMessage told = message(length);
    // "exists already, skipping" has the SQLSTATE of its error, and says nothing about a failure.
    String state = String.valueOf(told.getSQLState());
    if (!state.startsWith("00") && !state.startsWith("01")) {
      return;
    }
    String text =
        told.getSeverity() + ": " + RowValues.notice(told.getRoutine(), told.getMessage());
    notices.add(text.length() <= LONGEST_NOTICE ? text : text.substring(0, LONGEST_NOTICE) + " …");
    if (notices.size() > NOTICES) {
      notices.remove();
    }
  }

  /** The last notices, in their order. */
  List<String> notices() {
    return List.copyOf(notices);
  }

  private ServerErrorMessage message(int length) throws IOException {
    StringBuilder fields = new StringBuilder();
    for (String field : strings(length)) {
      fields.append(field).append('\0');
    }
    return new ServerErrorMessage(fields.toString());
  }

  /** Reads a message of strings, each of which ends with a zero byte; a last empty one is none. */
  List<String> strings(int length) throws IOException {
    List<String> strings = new ArrayList<>();
    ByteArrayOutputStream string = new ByteArrayOutputStream();
    int left = length;
    while (left > 0) {
      int count = Math.min(left, buffer.length);
      stream.receive(buffer, 0, count);
      left -= count;
      for (int i = 0; i < count; i++) {
        if (buffer[i] == 0) {
          end(string, strings);
        } else if (string.size() < LONGEST) {
          string.write(buffer[i]);
        }
      }
    }
    return strings;
  }

  private static void end(ByteArrayOutputStream string, List<String> strings) {
    if (string.size() > 0) {
      String text = string.toString(StandardCharsets.UTF_8);
      strings.add(string.size() < LONGEST ? text : text + " …");
      string.reset();
    }
  }
}
