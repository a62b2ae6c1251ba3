package dev.tenantgate.migrator.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MessagePiecesTest {

  @Test
  void whatIsShortIsSentWhole() {
    String message = "BEGIN; SELECT 1; COMMIT";

    assertThat(MessagePieces.of(message)).containsExactly(new MessagePieces.Piece(message, 0));
  }

  @Test
  void whatIsLongIsCutAtStatements() {
    String one = "INSERT INTO t VALUES ('; \uD83D\uDE00 and some more text to make it longer');\n";
    String message = one.repeat(5_000) + "COMMIT;\n";

    List<MessagePieces.Piece> pieces = MessagePieces.of(message);

    assertThat(pieces).hasSize(3);
    assertThat(pieces.stream().map(MessagePieces.Piece::text).collect(Collectors.joining()))
        .isEqualTo(message);
    assertThat(pieces.get(1).text()).startsWith("INSERT");
    assertThat(pieces.get(1).offset())
        .isEqualTo(one.codePointCount(0, one.length()) * MessagePieces.STATEMENTS);
  }

  @Test
  void whatIsOneStatementIsOnePiece() {
    String message = "SELECT '" + "x;".repeat(MessagePieces.WHOLE) + "'";

    assertThat(MessagePieces.of(message)).hasSize(1);
  }
}
