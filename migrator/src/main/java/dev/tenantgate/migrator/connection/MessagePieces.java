package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.SQLException;

/**
 * Cuts a very long message at its statements: the transaction that it opens goes on from piece to
 * piece. The driver takes time that grows with the square of a message's statements, and driver and
 * server hold a message several times over. Stateless.
 */
public final class MessagePieces {

  /** Messages up to here are sent whole, in characters; those of migrations mostly are. */
  public static final int WHOLE = 256 << 10;

  /** A piece ends behind the statement that reaches one of these. */
  static final int STATEMENTS = 2_000;

  private static final int CHARACTERS = 1 << 20;

  private MessagePieces() {}

  /**
   * A part of a message.
   *
   * @param text its statements
   * @param offset how many code points of the message stand before it
   */
  public record Piece(String text, int offset) {

    /** An error of this piece, as one of the message. */
    public SQLException placed(SQLException error) {
      return offset == 0 ? error : new Displaced(error, offset);
    }
  }

  /** An error whose position counts from the beginning of a piece. */
  static final class Displaced extends SQLException {

    private static final long serialVersionUID = 1L;

    private final int offset;

    private Displaced(SQLException error, int offset) {
      super(error.getMessage(), error.getSQLState(), error);
      this.offset = offset;
    }

    /** Code points to be added to the position. */
    int offset() {
      return offset;
    }
  }

  /** Sends a piece. */
  @FunctionalInterface
  public interface Sender {
    public void send(Piece piece) throws SQLException;
  }

  /** Sends the pieces of a message, in order, one at a time; joined, they are the message. */
  public static void send(String message, Sender sender) throws SQLException {
    if (message.length() <= WHOLE) {
      sender.send(new Piece(message, 0));
    } else {
      new Cut(message, sender).run();
    }
  }

  /** A message while it is cut. */
  private static final class Cut {

    private final String message;
    private final Sender sender;
    private int start;
    private int offset;
    private int statements;

    Cut(String message, Sender sender) {
      this.message = message;
      this.sender = sender;
    }

    void run() throws SQLException {
      SqlScript.each(message, this::before);
      sender.send(new Piece(message.substring(start), offset));
    }

    private void before(SqlStatement statement) throws SQLException {
      if (statements >= STATEMENTS || statement.start() - start >= CHARACTERS) {
        String text = message.substring(start, statement.start());
        sender.send(new Piece(text, offset));
        offset += text.codePointCount(0, text.length());
        start = statement.start();
        statements = 0;
      }
      statements++;
    }
  }
}
