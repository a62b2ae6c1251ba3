package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.PGStream;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.QueryExecutorBase;
import org.postgresql.core.TransactionState;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * Sends statements as one simple-query message whose output nobody wants, and drops that as it
 * comes: rows of any size and number, what COPY sends, notices but the last few. The driver would
 * keep all notices, and read each row whole. Uses the driver's stream, past its own bookkeeping;
 * another driver than the one that this was built with may keep that to itself, see {@link
 * #isPossible}. For one thread and one message at a time.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html">Message flow</a>
 */
public final class SimpleQuery {

  /** Messages up to here are encoded at once, in characters; longer ones piece by piece. */
  private static final int AT_ONCE = 64 << 10;

  /** The settings that the text of all messages rests on, and the driver's own statements. */
  private static final Map<String, String> FIXED =
      Map.of("client_encoding", "UTF8", "standard_conforming_strings", "on");

  private static final @Nullable Field STREAM = stream();

  private final QueryExecutorBase executor;
  private final PGStream stream;
  private final ServerWords words;
  private @Nullable SQLException error;
  private int ended;
  private boolean encodingChanged;
  private boolean stringsChanged;

  private SimpleQuery(QueryExecutorBase executor, PGStream stream) {
    this.executor = executor;
    this.stream = stream;
    this.words = new ServerWords(stream);
  }

  private static @Nullable Field stream() {
    try {
      Field field = QueryExecutorBase.class.getDeclaredField("pgStream");
      field.setAccessible(true);
      return field.getType() == PGStream.class ? field : null;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  /** Whether the connection's driver can be bypassed so. */
  public static boolean isPossible(Connection connection) throws SQLException {
    return STREAM != null
        && connection.isWrapperFor(BaseConnection.class)
        && connection.unwrap(BaseConnection.class).getQueryExecutor() instanceof QueryExecutorBase;
  }

  /**
   * Sends a message, and waits for its end.
   *
   * @param notices is given the last few notices, each in one line
   * @throws SQLException the first error; a statement of the server's, or that the connection is
   *     lost, which is closed then
   */
  public static void send(Connection connection, String message, List<String> notices)
      throws SQLException {
    send(connection, message, null, notices);
  }

  /**
   * The same, with another message behind it.
   *
   * @param trailer null for none; its error is none of this call's, unless the connection is lost
   */
  public static void send(
      Connection connection, String message, @Nullable Trailer trailer, List<String> notices)
      throws SQLException {
    QueryExecutor executor = connection.unwrap(BaseConnection.class).getQueryExecutor();
    SimpleQuery query = of((QueryExecutorBase) executor);
    try {
      query.exchange(message, trailer);
      query.restore();
    } finally {
      notices.addAll(query.words.notices());
    }
    SQLException failed = query.error;
    if (failed != null) {
      if (failed instanceof PSQLException e
          && e.getServerErrorMessage() != null
          && e.getServerErrorMessage().getPosition() == 0) {
        FailedStatement.note(failed, message, query.ended);
      }
      throw failed;
    }
  }

  private static SimpleQuery of(QueryExecutorBase executor) throws SQLException {
    try {
      if (STREAM != null && !executor.isClosed()) {
        return new SimpleQuery(executor, (PGStream) STREAM.get(executor));
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("the driver's stream can't be had", e);
    }
    throw new PSQLException(
        "This connection has been closed.", PSQLState.CONNECTION_DOES_NOT_EXIST);
  }

  private void exchange(String message, @Nullable Trailer trailer) throws SQLException {
    boolean inStep = false;
    try {
      write(message);
      if (trailer != null) {
        write(trailer.sql());
      }
      stream.flush();
      read();
      inStep = trailer == null || readBehind(trailer);
    } catch (IOException e) {
      throw lost(e);
    } finally {
      if (!inStep) {
        executor.abort(); // who talks next would be answered what this one was told
      }
    }
  }

  /**
   * Takes in the answer to a trailer, which says nothing about the message before it.
   *
   * @return false if the connection was lost behind a message that had succeeded
   */
  private boolean readBehind(Trailer trailer) throws IOException {
    SQLException first = error;
    int endedBefore = ended;
    if (first != null) {
      read();
      error = first;
      ended = endedBefore;
      return true;
    }
    trailer.answered();
    boolean inStep = true;
    try {
      read();
    } catch (IOException e) {
      error = lost(e);
      inStep = false;
    }
    SQLException failed = error;
    error = null;
    if (failed != null) {
      trailer.failed(failed);
    }
    return inStep;
  }

  private SQLException lost(IOException e) {
    SQLException lost =
        new PSQLException(
            "An I/O error occurred while talking to the server.", PSQLState.CONNECTION_FAILURE, e);
    SQLException lastWords = error;
    if (lastWords == null) {
      return lost;
    }
    lastWords.setNextException(lost);
    return lastWords;
  }

  private void write(String message) throws IOException, SQLException {
    if (message.indexOf('\0') >= 0) {
      throw new SQLException("a statement contains a character with code 0", "22021");
    }
    stream.sendChar('Q');
    if (message.length() <= AT_ONCE) {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      stream.sendInteger4(bytes.length + 5);
      stream.send(bytes);
    } else {
      long length = encode(message, (bytes, count) -> {});
      if (length > Integer.MAX_VALUE - 5) {
        throw new SQLException("a message is too long for the protocol", "54000");
      }
      stream.sendInteger4((int) length + 5);
      encode(message, (bytes, count) -> stream.send(bytes, 0, count));
    }
    stream.sendChar(0);
  }

  private interface Sink {
    void take(byte[] bytes, int count) throws IOException;
  }

  private static long encode(String message, Sink sink) throws IOException {
    CharsetEncoder encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    CharBuffer text = CharBuffer.wrap(message);
    ByteBuffer bytes = ByteBuffer.allocate(AT_ONCE);
    long length = 0;
    boolean more = true;
    while (more) {
      more = encoder.encode(text, bytes, true).isOverflow();
      length += bytes.position();
      sink.take(bytes.array(), bytes.position());
      bytes.clear();
    }
    return length;
  }

  /** Reads to the end of the answer. */
  private void read() throws IOException {
    while (true) {
      int type = stream.receiveChar();
      int length = stream.receiveInteger4() - 4;
      switch (type) {
        case 'Z' -> {
          ready(stream.receiveChar());
          return;
        }
        case 'E' -> failed(words.error(length));
        case 'N' -> words.notice(length);
        case 'S' -> changed(words.strings(length));
        case 'G' -> refuseCopyIn(length);
        case 'C' -> {
          ended += error == null ? 1 : 0;
          stream.skip(length);
        }
        // Rows and what describes them, COPY's data, notifications.
        case 'D', 'T', 'I', 'H', 'd', 'c', 'A', 'n', 't', 's', '1', '2', '3' -> stream.skip(length);
        default ->
            throw new IOException("a message of type %c isn't part of an answer".formatted(type));
      }
    }
  }

  private void failed(SQLException told) {
    if (error == null) {
      error = told;
    }
  }

  private void ready(int status) {
    executor.setTransactionState(
        switch (status) {
          case 'T' -> TransactionState.OPEN;
          case 'E' -> TransactionState.FAILED;
          default -> TransactionState.IDLE;
        });
  }

  /** There is nothing to be read: the server ends the statement with an error of its own. */
  private void refuseCopyIn(int length) throws IOException {
    stream.skip(length);
    byte[] why =
        "a migration has no data to send behind COPY … FROM STDIN".getBytes(StandardCharsets.UTF_8);
    stream.sendChar('f');
    stream.sendInteger4(why.length + 5);
    stream.send(why);
    stream.sendChar(0);
    stream.flush();
  }

  private void changed(List<String> nameAndValue) {
    String name = nameAndValue.isEmpty() ? "" : nameAndValue.get(0);
    String fixed = FIXED.get(name);
    if (fixed != null) {
      boolean changed = nameAndValue.size() < 2 || !fixed.equals(nameAndValue.get(1));
      if (name.equals("client_encoding")) {
        encodingChanged = changed;
      } else {
        stringsChanged = changed;
      }
    }
  }

  /** A transaction that has failed takes back what it has set. */
  private void restore() throws SQLException {
    if (executor.getTransactionState() != TransactionState.FAILED && error == null) {
      if (encodingChanged) {
        exchange("SET client_encoding = 'UTF8'", null);
      }
      if (stringsChanged) {
        exchange("SET standard_conforming_strings = on", null);
      }
    }
  }
}
