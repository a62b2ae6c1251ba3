package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a very long message at its statements: the transaction that it opens goes on from piece to
 * piece. The driver takes time that grows with the square of a message's statements, and driver and
 * server hold a message several times over. Stateless.
 */
final class MessagePieces {

  /** Messages up to here are sent whole, in characters; those of migrations mostly are. */
  static final int WHOLE = 256 << 10;

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
  record Piece(String text, int offset) {

    /** An error of this piece, as one of the message. */
    SQLException placed(SQLException error) {
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

  /** The pieces of a message, in order; joined, they are the message. */
  static List<Piece> of(String message) {
    if (message.length() <= WHOLE) {
      return List.of(new Piece(message, 0));
    }
    List<Piece> pieces = new ArrayList<>();
    int start = 0;
    int offset = 0;
    int statements = 0;
    for (SqlStatement statement : SqlScript.scan(message).statements()) {
      if (statements >= STATEMENTS || statement.start() - start >= CHARACTERS) {
        String text = message.substring(start, statement.start());
        pieces.add(new Piece(text, offset));
        offset += text.codePointCount(0, text.length());
        start = statement.start();
        statements = 0;
      }
      statements++;
    }
    pieces.add(new Piece(message.substring(start), offset));
    return pieces;
  }
}
