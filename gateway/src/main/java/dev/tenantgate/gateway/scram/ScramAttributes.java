package dev.tenantgate.gateway.scram;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of a SCRAM message, {@code a=value,b=value}, one after the other. Bytes are
 * kept as they are, one to a character, because both sides sign the text. Confined to one thread.
 */
final class ScramAttributes {

  private final String text;
  private int at;

  private ScramAttributes(String text) {
    this.text = text;
  }

  /**
   * The attributes of a message.
   *
   * @throws ScramException if it is empty, or has a NUL, which PostgreSQL would take for its end
   */
  static ScramAttributes of(byte[] message) {
    String text = new String(message, StandardCharsets.ISO_8859_1);
    if (text.isEmpty()) {
      throw ScramException.malformed("The message is empty.");
    }
    if (text.indexOf('\0') >= 0) {
      throw ScramException.malformed("Message length does not match input length.");
    }
    return new ScramAttributes(text);
  }

  /** The whole message. */
  String text() {
    return text;
  }

  /** Where the next attribute begins. */
  int position() {
    return at;
  }

  boolean atEnd() {
    return at >= text.length();
  }

  /** The next character, without reading it; NUL at the end. */
  char peek() {
    return atEnd() ? '\0' : text.charAt(at);
  }

  /** Reads one character that must come. */
  void expect(char wanted) {
    if (peek() != wanted) {
      throw ScramException.malformed(
          atEnd()
              ? "Expected \"%c\" and found the end of the message.".formatted(wanted)
              : "Expected \"%c\" and found \"%s\".".formatted(wanted, shown(peek())));
    }
    at++;
  }

  /** The value of the next attribute, which must have that name. */
  String value(char name) {
    if (peek() != name) {
      throw ScramException.malformed(
          atEnd()
              ? "Expected attribute \"%c\" and found the end of the message.".formatted(name)
              : "Expected attribute \"%c\" and found \"%s\".".formatted(name, shown(peek())));
    }
    at++;
    expect('=');
    return upToComma();
  }

  /** Passes over an attribute, whatever its name, which must be a letter. */
  void skipOne() {
    char name = peek();
    if (!((name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z'))) {
      throw ScramException.malformed(
          "Attribute expected, but found invalid character \"%s\".".formatted(shown(name)));
    }
    at++;
    expect('=');
    upToComma();
  }

  /** Reads to the next comma, and over it. */
  String upToComma() {
    int comma = text.indexOf(',', at);
    int end = comma < 0 ? text.length() : comma;
    String value = text.substring(at, end);
    at = comma < 0 ? end : comma + 1;
    return value;
  }

  /** The bytes of a base64 value; null if it is none. */
  static byte @Nullable [] base64(String value) {
    try {
      byte[] bytes = Base64.getDecoder().decode(value.getBytes(StandardCharsets.ISO_8859_1));
      // Java takes a text without its padding; PostgreSQL doesn't.
      return value.length() % 4 == 0 ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String shown(char c) {
    return c > ' ' && c < 127 ? String.valueOf(c) : "0x%02x".formatted((int) c);
  }
}
