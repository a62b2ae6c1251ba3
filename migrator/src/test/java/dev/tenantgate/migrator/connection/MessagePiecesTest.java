package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MessagePiecesTest {

  @Test
  void whatIsShortIsSentWhole() throws SQLException {
    String message = "BEGIN; SELECT 1; COMMIT";

    assertThat(piecesOf(message)).containsExactly(new MessagePieces.Piece(message, 0));
  }

  @Test
  void whatIsLongIsCutAtStatements() throws SQLException {
    String one = "INSERT INTO t VALUES ('; \uD83D\uDE00 and some more text to make it longer');\n";
    String message = one.repeat(5_000) + "COMMIT;\n";

    List<MessagePieces.Piece> pieces = piecesOf(message);

    assertThat(pieces).hasSize(3);
    assertThat(pieces.stream().map(MessagePieces.Piece::text).collect(Collectors.joining()))
        .isEqualTo(message);
    assertThat(pieces.get(1).text()).startsWith("INSERT");
    assertThat(pieces.get(1).offset())
        .isEqualTo(one.codePointCount(0, one.length()) * MessagePieces.STATEMENTS);
  }

  @Test
  void whatIsOneStatementIsOnePiece() throws SQLException {
    String message = "SELECT '" + "x;".repeat(MessagePieces.WHOLE) + "'";

    assertThat(piecesOf(message)).containsExactly(new MessagePieces.Piece(message, 0));
  }

  private static List<MessagePieces.Piece> piecesOf(String message) throws SQLException {
    List<MessagePieces.Piece> pieces = new ArrayList<>();
    MessagePieces.send(message, pieces::add);
    return pieces;
  }
}
