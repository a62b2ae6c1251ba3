package dev.tenantgate.gateway.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.pattern.CompositeConverter;

/**
 * Keeps an event's text on one line, whatever names clients and databases have given things: each
 * control character is written as its escape ({@code \n}, {@code \u001b}). The pattern's word is
 * {@code line}. Thread-safe.
 */
public final class OneLine extends CompositeConverter<ILoggingEvent> {

  @Override
  protected String transform(ILoggingEvent event, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (breaks(text.charAt(i))) {
        return escaped(text);
      }
    }
    return text;
  }

  private static String escaped(String text) {
    StringBuilder line = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!breaks(c)) {
        line.append(c);
      } else if (c == '\n') {
        line.append("\\n");
      } else if (c == '\r') {
        line.append("\\r");
      } else {
        line.append("\\u%04x".formatted((int) c));
      }
    }
    return line.toString();
  }

  /** Whether a terminal or a reader of lines takes it for more than a character. */
  static boolean breaks(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || isBidiControl(c);
  }

  /** Characters that would show a text in another order than it has. */
  private static boolean isBidiControl(char c) {
    return (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069');
  }
}
