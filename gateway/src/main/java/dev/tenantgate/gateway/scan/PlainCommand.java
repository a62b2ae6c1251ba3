package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.scan.SessionEffect.Commit;
import dev.tenantgate.gateway.scan.SessionEffect.Rollback;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * {@code BEGIN}, {@code COMMIT}, {@code END} and {@code ROLLBACK} with nothing else in the text:
 * every other query of many applications, recognised without a lexer. Stateless.
 */
final class PlainCommand {

  private static final int MAX_BYTES = 12;

  private static final byte[] BEGIN = bytes("begin");
  private static final byte[] COMMIT = bytes("commit");
  private static final byte[] END = bytes("end");
  private static final byte[] ROLLBACK = bytes("rollback");

  private static final ScannedQuery BEGINS = ScannedQuery.of(SessionEffect.of(EffectKind.BEGIN));
  private static final ScannedQuery COMMITS = ScannedQuery.of(new Commit(false));
  private static final ScannedQuery ROLLS_BACK = ScannedQuery.of(new Rollback(false));

  private PlainCommand() {}

  static @Nullable ScannedQuery find(ByteBuf text, int from, int bytes) {
    if (bytes < 3 || bytes > MAX_BYTES) {
      return null;
    }
    return switch (text.getByte(from) | 0x20) {
      case 'b' -> is(text, from, bytes, BEGIN) ? BEGINS : null;
      case 'c' -> is(text, from, bytes, COMMIT) ? COMMITS : null;
      case 'e' -> is(text, from, bytes, END) ? COMMITS : null;
      case 'r' -> is(text, from, bytes, ROLLBACK) ? ROLLS_BACK : null;
      default -> null;
    };
  }

  private static boolean is(ByteBuf text, int from, int bytes, byte[] word) {
    if (bytes < word.length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if ((text.getByte(from + i) | 0x20) != word[i]) {
        return false;
      }
    }
    for (int i = from + word.length; i < from + bytes; i++) {
      byte b = text.getByte(i);
      if (b != ';' && !QuickLook.isSpace(b)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }
}
