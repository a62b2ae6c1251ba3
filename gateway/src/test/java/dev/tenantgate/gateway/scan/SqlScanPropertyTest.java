package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Properties of every text: here, of texts put together from all that matters to a lexer. */
class SqlScanPropertyTest {

  private static final String[] PARTS = {
    "SET",
    "set ",
    "search_path",
    " = ",
    " TO ",
    "a",
    "b",
    ",",
    ";",
    "; ",
    "'",
    "''",
    "\"",
    "$$",
    "$x$",
    "$1",
    "--",
    "\n",
    "/*",
    "*/",
    "(",
    ")",
    "SELECT ",
    "set_config(",
    "'search_path'",
    "false",
    "RESET ",
    "ALL",
    "DISCARD ",
    "BEGIN",
    " ATOMIC ",
    "END",
    "COMMIT",
    "ROLLBACK",
    " TO ",
    "SAVEPOINT ",
    "PREPARE ",
    " AS ",
    "EXECUTE ",
    "DEALLOCATE ",
    "U&\"",
    "\\005f",
    "E'",
    "\\",
    "pg_settings",
    "UPDATE ",
    "INTO ",
    "TEMP ",
    "CREATE ",
    "pg_temp.",
    "pg_advisory_lock(",
    "setseed(",
    "dblink_connect(",
    "pg_replication_origin_session_setup(",
    "pg_backup_start(",
    "pg_create_logical_replication_slot(",
    "DO ",
    "LISTEN ",
    "DECLARE ",
    "WITH HOLD ",
    "FOR ",
    "é",
    " ",
    "\t",
    "1",
    "::text",
    "uescape '!'",
    "x".repeat(300),
    " ".repeat(300),
  };

  /** The quick look may only rule out what the lexer finds nothing in. */
  @Test
  void theQuickLookOverlooksNothing() {
    Random random = new Random(20_201_130);
    for (int i = 0; i < 200_000; i++) {
      String sql = text(random);
      ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
      if (!QuickLook.mayMatter(text, 0, text.readableBytes())) {
        ScannedQuery found = EffectReader.read(sql, random.nextBoolean());
        assertThat(found.steps()).as(sql).isEmpty();
      }
    }
  }

  @Test
  void plainCommandsAreReadAsTheLexerReadsThem() {
    Random random = new Random(7);
    String[] parts = {"BEGIN", "begin", "commit", "End", "rollback", ";", " ", "\n", "x", "1"};
    for (int i = 0; i < 100_000; i++) {
      StringBuilder sql = new StringBuilder();
      for (int n = random.nextInt(4); n >= 0; n--) {
        sql.append(parts[random.nextInt(parts.length)]);
      }
      ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
      ScannedQuery plain = PlainCommand.find(text, 0, text.readableBytes());
      if (plain != null) {
        assertThat(plain).as(sql.toString()).isEqualTo(EffectReader.read(sql.toString(), true));
      }
    }
  }

  private static String text(Random random) {
    StringBuilder sql = new StringBuilder();
    for (int n = random.nextInt(12); n >= 0; n--) {
      sql.append(PARTS[random.nextInt(PARTS.length)]);
    }
    return sql.toString();
  }
}
