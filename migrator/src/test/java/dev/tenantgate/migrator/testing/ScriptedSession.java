package dev.tenantgate.migrator.testing;

import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.testing.ScriptedServer.Changed;
import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Fatal;
import dev.tenantgate.migrator.testing.ScriptedServer.Hang;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link ScriptedServer}, on a thread of its own. */
final class ScriptedSession implements Runnable {

  private static final int CANCEL = 80877102;
  private static final int TLS = 80877103;
  private static final int GSS = 80877104;
  private static final int PID = 4711;

  private static final Map<String, String> STATUS =
      Map.of(
          "server_version", "18.0",
          "client_encoding", "UTF8",
          "server_encoding", "UTF8",
          "DateStyle", "ISO, MDY",
          "TimeZone", "UTC",
          "integer_datetimes", "on",
          "standard_conforming_strings", "on");

  private final ScriptedServer server;
  private final Socket socket;
  private final Semaphore cancels = new Semaphore(0);
  private final DataInputStream in;
  private final DataOutputStream out;
  private char status = 'I';

  ScriptedSession(ScriptedServer server, Socket socket) throws IOException {
    this.server = server;
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  @Override
  public void run() {
    try (socket) {
      if (startup()) {
        while (exchange()) {
          out.flush();
        }
      }
    } catch (IOException e) {
      // The client has gone, as it may at any time.
    }
  }

  private boolean startup() throws IOException {
    while (true) {
      byte[] body = in.readNBytes(in.readInt() - 4);
      int code = new DataInputStream(new java.io.ByteArrayInputStream(body)).readInt();
      if (code == CANCEL) {
        server.cancel();
        return false;
      }
      if (code != TLS && code != GSS) {
        break;
      }
      out.writeByte('N');
      out.flush();
    }
    message('R', body -> body.writeInt(0));
    for (Map.Entry<String, String> each : STATUS.entrySet()) {
      message('S', body -> text(body, each.getKey(), each.getValue()));
    }
    message(
        'K',
        body -> {
          body.writeInt(PID);
          body.writeInt(1);
        });
    ready();
    out.flush();
    return true;
  }

  private boolean exchange() throws IOException {
    int type = in.read();
    if (type < 0 || type == 'X') {
      return false;
    }
    byte[] body = in.readNBytes(in.readInt() - 4);
    if (type != 'Q') {
      throw new IOException("only simple queries are answered, this is " + (char) type);
    }
    String text = new String(body, 0, body.length - 1, StandardCharsets.UTF_8);
    server.received(text);
    for (SqlStatement statement : SqlScript.scan(text).statements()) {
      if (!answered(text.substring(statement.start(), statement.end()))) {
        break;
      }
    }
    ready();
    return true;
  }

  /** Answers a statement; false if the rest of its message is passed over. */
  private boolean answered(String statement) throws IOException {
    String word = statement.strip().split("\\W", 2)[0].toUpperCase(Locale.ROOT);
    Reply reply = server.replyTo(statement);
    if (reply instanceof Drop) {
      throw new IOException("dropped");
    }
    if (reply instanceof Fatal fatal) {
      error("FATAL", new Failure(fatal.sqlState(), fatal.message(), 0));
      out.flush();
      throw new IOException("ended");
    }
    if (reply instanceof Hang) {
      cancels.acquireUninterruptibly();
      reply = new Failure("57014", "canceling statement due to user request", 0);
    }
    boolean ends = word.equals("ROLLBACK") || word.equals("COMMIT");
    if (reply == null && status == 'E' && !ends) {
      reply = new Failure("25P02", "current transaction is aborted", 0);
    }
    if (reply instanceof Failure failure) {
      status = status == 'I' ? 'I' : 'E';
      error("ERROR", failure);
      return false;
    }
    if (word.equals("BEGIN")) {
      status = 'T';
    } else if (ends) {
      status = 'I';
    }
    if (reply instanceof Rows rows && !rows.columns().isEmpty()) {
      rows(rows);
    } else if (List.of("SELECT", "WITH", "SHOW", "VALUES").contains(word)
        || statement.contains("RETURNING")) {
      rows(new Rows(List.of("c1"), List.of()));
    }
    String tag = reply instanceof Changed changed ? word + " " + changed.rows() : word;
    message('C', body -> text(body, tag));
    return true;
  }

  private void rows(Rows rows) throws IOException {
    message(
        'T',
        body -> {
          body.writeShort(rows.columns().size());
          for (String column : rows.columns()) {
            text(body, column);
            body.writeInt(0);
            body.writeShort(0);
            body.writeInt(column.equals("at") ? 1114 : 25);
            body.writeShort(-1);
            body.writeInt(-1);
            body.writeShort(0);
          }
        });
    for (List<@Nullable String> row : rows.rows()) {
      message(
          'D',
          body -> {
            body.writeShort(row.size());
            for (String value : row) {
              byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
              body.writeInt(bytes == null ? -1 : bytes.length);
              if (bytes != null) {
                body.write(bytes);
              }
            }
          });
    }
  }

  private void error(String severity, Failure failure) throws IOException {
    message(
        'E',
        body -> {
          field(body, 'S', severity);
          field(body, 'V', severity);
          field(body, 'C', failure.sqlState());
          field(body, 'M', failure.message());
          if (failure.position() > 0) {
            field(body, 'P', Integer.toString(failure.position()));
          }
          body.writeByte(0);
        });
  }

  private void ready() throws IOException {
    message('Z', body -> body.writeByte(status));
  }

  void cancelled() {
    cancels.release();
  }

  void close() {
    cancels.release();
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException("a connection can't be closed", e);
    }
  }

  private interface Body {
    void write(DataOutputStream to) throws IOException;
  }

  private void message(char type, Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    body.write(new DataOutputStream(bytes));
    out.writeByte(type);
    out.writeInt(bytes.size() + 4);
    bytes.writeTo(out);
  }

  private static void field(DataOutputStream to, char type, String value) throws IOException {
    to.writeByte(type);
    text(to, value);
  }

  private static void text(DataOutputStream to, String... values) throws IOException {
    for (String value : values) {
      to.write(value.getBytes(StandardCharsets.UTF_8));
      to.writeByte(0);
    }
  }
}
