package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The body of a Parse behind the statement's name: the query's text with its NUL, and the types of
 * its parameters. One for all clients that prepare the same ({@link StatementTexts}). Immutable,
 * but for what is found out about it later, and for how its bytes are kept.
 */
public final class StatementText {

  /** Of this object, its array, and its place in {@link StatementTexts}. */
  private static final int FIXED_BYTES = 160;

  private static final int STEP_BYTES = 96;

  /** So much of it is shown to people. */
  private static final int MOST_SHOWN_BYTES = 200;

  /** Backends know the text by this, which takes no memory where the text is gone. */
  private final Object identity = new Object();

  private final long hash;
  private final int bytes;
  private final ScannedQuery scanned;
  private final int extraBytes;
  private volatile StoredText stored;

  /** Negative until somebody has looked. */
  private int sequenceWords = -1;

  /** Whether it has a word by which it may copy; null until somebody has looked. */
  private @Nullable Boolean mayCopy;

  /** The finding by one knowledge of the database. */
  private record Proof(Object by, boolean unproven) {}

  private volatile @Nullable Proof proof;

  // ---- StatementTexts' own, guarded by its lock

  int uses;
  int countedBytes;

  StatementText(byte[] body, long hash, ScannedQuery scanned) {
    this.stored = StoredText.of(body);
    this.bytes = body.length;
    this.hash = hash;
    this.scanned = scanned;
    this.extraBytes =
        FIXED_BYTES
            + (scanned.isEmpty() ? 0 : scanned.steps().size() * STEP_BYTES + 2 * body.length);
  }

  /** A text that nobody else has, as of a statement that isn't kept. */
  public static StatementText of(ByteBuf in, int at, int bytes, ScannedQuery scanned) {
    byte[] body = new byte[bytes];
    in.getBytes(at, body);
    return new StatementText(body, Arrays.hashCode(body), scanned);
  }

  /** Stands for the text as long as somebody has it; that which is equal to it may come later. */
  public Object identity() {
    return identity;
  }

  /** The effects of its execution on the session. */
  public ScannedQuery scanned() {
    return scanned;
  }

  /**
   * Whether it can't be shown harmless, looked for once by what is known of the database.
   *
   * @param by that knowledge: the same object as long as nothing else is known
   * @param look finds it in the text
   */
  public boolean isUnproven(Object by, Predicate<ByteBuf> look) {
    Proof known = proof; // whoever races for it finds the same
    if (known == null || known.by() != by) {
      known = new Proof(by, look.test(text()));
      proof = known;
    }
    return known.unproven();
  }

  /**
   * Whether its execution may have the server read copied data, looked for once.
   *
   * @param look finds the word in the text
   */
  public boolean mayCopy(Predicate<ByteBuf> look) {
    Boolean known = mayCopy; // whoever races for it finds the same
    if (known == null) {
      known = look.test(text());
      mayCopy = known;
    }
    return known;
  }

  /** The query's text. */
  public ByteBuf text() {
    byte[] body = body();
    return Unpooled.wrappedBuffer(body, 0, textBytes(body));
  }

  StatementTexts.Kept describe() {
    ByteBuf text = text();
    String beginning =
        text.toString(
            text.readerIndex(),
            Math.min(text.readableBytes(), MOST_SHOWN_BYTES),
            StandardCharsets.UTF_8);
    return new StatementTexts.Kept(beginning, heapBytes(), uses);
  }

  /** The heap that it takes if it isn't deflated. */
  int fullBytes() {
    return extraBytes + bytes;
  }

  /** The heap that it takes. */
  int heapBytes() {
    return extraBytes + stored.heapBytes();
  }

  private byte[] body() {
    return stored.inflated(bytes);
  }

  /** Whether its bytes have to be made before they are looked at. */
  public boolean isDeflated() {
    return stored.isDeflated();
  }

  /** Keeps the bytes in less memory, if that can be. */
  void deflate() {
    stored = stored.deflated();
  }

  /** Keeps the bytes as they are. */
  void inflate() {
    stored = StoredText.of(body());
  }

  private static int textBytes(byte[] body) {
    int bytes = 0;
    while (bytes < body.length && body[bytes] != 0) {
      bytes++;
    }
    return bytes;
  }

  /**
   * Its words that concern sequences, looked for once.
   *
   * @param look finds it in the text; not negative
   */
  public int sequenceWords(ToIntFunction<ByteBuf> look) {
    int words = sequenceWords; // whoever races for it finds the same
    if (words < 0) {
      words = look.applyAsInt(text());
      sequenceWords = words;
    }
    return words;
  }

  /**
   * Writes a Parse of it under a name.
   *
   * @param told what the client was told: it goes on with these types; null for those that it gave
   */
  public void writeParse(ByteBuf out, byte[] name, @Nullable Description told) {
    writeParse(out, name, body(), bytes, told);
  }

  /** The same of a body that isn't kept: a text with its NUL, and types. */
  public static void writeParse(
      ByteBuf out, byte[] name, byte[] body, int bytes, @Nullable Description told) {
    int kept = told == null ? bytes : textBytes(body) + 1;
    byte[] types = told == null ? new byte[0] : told.parameters();
    out.writeByte('P').writeInt(4 + name.length + 1 + kept + types.length);
    out.writeBytes(name).writeByte(0).writeBytes(body, 0, kept).writeBytes(types);
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof StatementText text
            && text.hash == hash
            && text.bytes == bytes
            && text.scanned.equals(scanned)
            && Arrays.equals(text.body(), body()));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }
}
