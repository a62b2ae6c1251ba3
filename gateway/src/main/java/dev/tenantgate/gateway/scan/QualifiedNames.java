package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the tenants' schemas that a text names in front of a dot: {@code tenant_acme.orders}. A
 * look at the bytes in front of each dot rules out nearly all texts; the others are read token by
 * token ({@link SchemaReader}). Strings, dollar quotes and comments aren't looked at.
 *
 * <p>Immutable, thread-safe.
 */
public final class QualifiedNames {

  /** Looks at nothing. */
  public static final QualifiedNames NONE =
      new QualifiedNames("", "", "", name -> Optional.empty());

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long DOTS = '.' * ONES;

  /** A longer name is cut by the server, and may fit the pattern then. */
  private static final int MOST_BYTES = 63;

  private final byte[] prefix;
  private final byte[] suffix;

  /** Whether every name that doesn't fit can be told by its bytes. */
  private final boolean plain;

  private final String database;
  private final Function<String, Optional<String>> tenantSchema;

  /**
   * Knows tenants' schemas by their names.
   *
   * @param prefix with which they begin; may be empty
   * @param suffix with which they end; may be empty
   * @param database that may stand in front of a schema's name
   * @param tenantSchema a name as the server stores it, if it is a tenant's schema; thread-safe
   */
  public QualifiedNames(
      String prefix,
      String suffix,
      String database,
      Function<String, Optional<String>> tenantSchema) {
    this.prefix = bytes(prefix);
    this.suffix = bytes(suffix);
    this.plain = isAscii(prefix) && isAscii(suffix);
    this.database = database;
    this.tenantSchema = tenantSchema;
  }

  /** The query with the tenants' schemas that its text names, if it names any. */
  public ScannedQuery addTo(
      ScannedQuery query, ByteBuf text, int from, int bytes, LexicalRules rules) {
    List<String> schemas = find(text, from, bytes, rules);
    return schemas.isEmpty() ? query : query.withSchemas(new SessionEffect.NamesSchemas(schemas));
  }

  /** The tenants' schemas that a text names, each once, in its order. */
  public List<String> find(ByteBuf text, int from, int bytes, LexicalRules rules) {
    if (this == NONE || !mayName(text, from, from + bytes, rules)) {
      return List.of();
    }
    String sql = text.toString(from, bytes, rules.encoding().charset());
    SqlTokens tokens = new SqlTokens(sql, rules.standardConformingStrings());
    return new SchemaReader(tokens, database, tenantSchema).read();
  }

  private boolean mayName(ByteBuf text, int from, int end, LexicalRules rules) {
    if (!plain || !rules.encoding().asciiSafe()) {
      return true;
    }
    int at = from;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long difference = text.getLongLE(at) ^ DOTS;
      long hits = (difference - ONES) & ~difference & HIGHS;
      while (hits != 0) {
        if (isQualifier(text, from, at + (Long.numberOfTrailingZeros(hits) >>> 3))) {
          return true;
        }
        hits &= hits - 1;
      }
    }
    for (; at < end; at++) {
      if (isQualifier(text, from, at)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a dot may have a tenant's schema in front of it. */
  private boolean isQualifier(ByteBuf text, int from, int dot) {
    if (dot == from || text.getByte(dot) != '.') {
      return false;
    }
    byte before = text.getByte(dot - 1);
    if (before == '"') {
      return isQuoted(text, from, dot - 1);
    }
    if (!isPartOfWord(before)) {
      // A comment, blanks or the end of UESCAPE '!' may stand between.
      return QuickLook.isSpace(before) || before == '/' || before == '\'';
    }
    int start = dot - 1;
    while (start > from && isPartOfWord(text.getByte(start - 1))) {
      start--;
    }
    return !isDigit(text.getByte(start)) && fits(text, start, dot);
  }

  private boolean isQuoted(ByteBuf text, int from, int quote) {
    int opening = quote - 1;
    while (opening >= from && text.getByte(opening) != '"') {
      opening--;
    }
    boolean whole = opening >= from && (opening == from || isPlainOpening(text, opening));
    return !whole || fits(text, opening + 1, quote);
  }

  /** Whether it is no second of two quotes, and no U&" either. */
  private static boolean isPlainOpening(ByteBuf text, int opening) {
    byte before = text.getByte(opening - 1);
    return before != '"' && before != '&';
  }

  private boolean fits(ByteBuf text, int start, int end) {
    int length = end - start;
    if (length > MOST_BYTES) {
      return true;
    }
    return length > prefix.length + suffix.length
        && isAt(prefix, text, start)
        && isAt(suffix, text, end - suffix.length);
  }

  /** Without a letter's case, whether it is a letter or not. */
  private static boolean isAt(byte[] part, ByteBuf text, int at) {
    for (int i = 0; i < part.length; i++) {
      if ((part[i] | 0x20) != (text.getByte(at + i) | 0x20)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPartOfWord(byte b) {
    int folded = b | 0x20;
    return (folded >= 'a' && folded <= 'z') || isDigit(b) || b == '_' || b == '$' || b < 0;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isAscii(String part) {
    return part.chars().allMatch(c -> c < 0x80);
  }

  private static byte[] bytes(String part) {
    return part.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
