package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ByteProcessor;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Scans a text that is too long to be kept, part by part as it streams: comments and what long
 * literals hold are left out, and what is left is scanned at the end like any other text. Where
 * even that is too long, it is looked at piece by piece, and counts as opaque if one of its words
 * may have an effect.
 *
 * <p>Takes up to {@value #MOST_BYTES} bytes of memory, whatever the text's length. Used once, by
 * one thread.
 */
public final class TextDigest {

  /** Of a text that has effects which can't be told in time. */
  public static final ScannedQuery OPAQUE =
      ScannedQuery.of(SessionEffect.of(EffectKind.OPAQUE_BODY));

  static final int MOST_BYTES = 256 << 10;

  /** A longer literal is nothing that decides on an effect. */
  private static final int MOST_LITERAL_BYTES = 256;

  /** Behind so much no literal is kept: there are too many. */
  private static final int LITERALS_UP_TO = 64 * 1024;

  /** Of a piece so much is looked at again with the next: longer than any name, or two words. */
  private static final int OVERLAP_BYTES = 512;

  /** In place of a long literal: a value that nobody knows. */
  private static final byte[] UNKNOWN = {'\'', '\'', '|', '|', '\'', '\''};

  private enum Within {
    CODE,
    LINE_COMMENT,
    BLOCK_COMMENT,
    STRING,
    IDENTIFIER,
    DOLLAR_TAG,
    DOLLAR_STRING
  }

  private final ByteProcessor each = this::next;
  private final LexicalRules rules;
  private final Predicate<ByteBuf> mayHide;
  private byte[] out = new byte[4096];
  private int length;
  private Within within = Within.CODE;
  private boolean opaque;
  private boolean piecewise;
  private boolean ended;

  /** A name and its NUL stand before the text. */
  private boolean behindName;

  /** The byte before, and the one before that, outside of comments and literals. */
  private int last = ' ';

  private int depth;
  private int literalAt;
  private boolean escapes;
  private boolean escaped;

  /** The last byte of a comment or of a literal that may end with two. */
  private int pending;

  private byte[] tag = new byte[0];
  private int matched;

  /**
   * Makes a digest of nothing.
   *
   * @param mayHide whether a piece of text names something that may have an effect of its own
   */
  public TextDigest(LexicalRules rules, Predicate<ByteBuf> mayHide) {
    this.rules = rules;
    this.mayHide = mayHide;
    this.opaque = !rules.encoding().asciiSafe();
  }

  /** The same for a Parse, in which a name stands before the text. */
  public TextDigest behindName() {
    behindName = true;
    return this;
  }

  /** The digested text; null if it is too long. The digest's own memory. */
  public @Nullable ByteBuf whole() {
    return opaque || piecewise ? null : Unpooled.wrappedBuffer(out, 0, length);
  }

  /** Takes the next part. A NUL ends the text; what stands behind it is nobody's to read. */
  public void add(ByteBuf in, int from, int bytes) {
    if (!ended && !opaque) {
      in.forEachByte(from, bytes, each);
    }
  }

  /** The text's effects. */
  public ScannedQuery end() {
    if (opaque) {
      return OPAQUE;
    }
    ByteBuf text = Unpooled.wrappedBuffer(out, 0, length);
    if (piecewise) {
      return isSuspicious(text) ? OPAQUE : ScannedQuery.NOTHING;
    }
    if (mayHide.test(text)) {
      return OPAQUE;
    }
    return SqlScan.scan(text, 0, length, rules);
  }

  private boolean isSuspicious(ByteBuf text) {
    return mayHide.test(text) || !SqlScan.scan(text, 0, text.writerIndex(), rules).isEmpty();
  }

  /** Takes the next byte; whether another is wanted. */
  private boolean next(byte b) {
    if (behindName || b == 0) {
      ended = !behindName;
      behindName &= b != 0;
    } else {
      take(b);
    }
    return !ended && !opaque;
  }

  private void take(byte b) {
    switch (within) {
      case CODE -> code(b);
      case LINE_COMMENT -> {
        if (b == '\n' || b == '\r') {
          emit((byte) ' ');
          within = Within.CODE;
        }
      }
      case BLOCK_COMMENT -> comment(b);
      case STRING -> string(b);
      case IDENTIFIER -> {
        emit(b);
        if (b == '"') {
          within = Within.CODE;
          last = b;
        }
      }
      case DOLLAR_TAG -> tag(b);
      case DOLLAR_STRING -> dollarString(b);
    }
  }

  private void code(byte b) {
    if (last == '-' && b == '-') {
      length--;
      within = Within.LINE_COMMENT;
      last = ' ';
      return;
    }
    if (last == '/' && b == '*') {
      length--;
      within = Within.BLOCK_COMMENT;
      depth = 1;
      pending = 0;
      last = ' ';
      return;
    }
    if (b == '\'') {
      escapes = !rules.standardConformingStrings() || isEscapePrefix();
      escaped = false;
      literalAt = length;
      within = Within.STRING;
    } else if (b == '"') {
      within = Within.IDENTIFIER;
    } else if (b == '$' && !isWord(last)) {
      literalAt = length;
      within = Within.DOLLAR_TAG;
    }
    emit(b);
    last = b;
  }

  /** Whether an E stands before the quote, and is no end of a longer word. */
  private boolean isEscapePrefix() {
    return (last | 0x20) == 'e' && (length < 2 || !isWord(out[length - 2]));
  }

  private void comment(byte b) {
    if (pending == '*' && b == '/') {
      depth--;
      pending = 0;
      if (depth == 0) {
        emit((byte) ' ');
        within = Within.CODE;
      }
    } else if (pending == '/' && b == '*') {
      depth++;
      pending = 0;
    } else {
      pending = b;
    }
  }

  private void string(byte b) {
    literal(b);
    if (escaped) {
      escaped = false;
    } else if (escapes && b == '\\') {
      escaped = true;
    } else if (b == '\'') {
      endLiteral(b); // a second one begins another literal: together they are no other text here
    }
  }

  private void tag(byte b) {
    if (b == '$') {
      emit(b);
      tag = Arrays.copyOfRange(out, literalAt, length);
      matched = 0;
      within = Within.DOLLAR_STRING;
    } else if (isWord(b) && !(length == literalAt + 1 && b >= '0' && b <= '9')) {
      emit(b);
    } else {
      within = Within.CODE; // a parameter, or nothing at all
      last = '$';
      code(b);
    }
  }

  private void dollarString(byte b) {
    literal(b);
    matched = b == tag[matched] ? matched + 1 : b == '$' ? 1 : 0;
    if (matched == tag.length) {
      endLiteral(b);
    }
  }

  /** A byte of a literal; of a long one only its beginning is kept, until it ends. */
  private void literal(byte b) {
    if (length - literalAt <= MOST_LITERAL_BYTES) {
      emit(b);
    }
  }

  private void endLiteral(byte b) {
    if (length - literalAt > MOST_LITERAL_BYTES || length > LITERALS_UP_TO) {
      length = literalAt;
      for (byte each : UNKNOWN) {
        emit(each);
      }
    }
    within = Within.CODE;
    last = b;
  }

  private static boolean isWord(int b) {
    int folded = b | 0x20;
    return (folded >= 'a' && folded <= 'z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '$'
        || b < 0;
  }

  private void emit(byte b) {
    if (length == out.length) {
      if (length < MOST_BYTES) {
        out = Arrays.copyOf(out, Math.min(MOST_BYTES, 2 * length));
      } else {
        forget();
      }
    }
    out[length++] = b;
  }

  /** There is no room: what is there is looked at, and nearly all of it dropped. */
  private void forget() {
    piecewise = true;
    opaque |= isSuspicious(Unpooled.wrappedBuffer(out, 0, length));
    int keep = Math.max(OVERLAP_BYTES, length - literalStart());
    System.arraycopy(out, length - keep, out, 1, keep);
    out[0] = ','; // no statement begins with what follows
    literalAt -= length - keep - 1;
    length = keep + 1;
  }

  /** Where the literal begins that is being read. */
  private int literalStart() {
    return within == Within.STRING || within == Within.DOLLAR_TAG || within == Within.DOLLAR_STRING
        ? literalAt
        : length;
  }
}
