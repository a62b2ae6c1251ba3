package dev.tenantgate.gateway.log;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * An event's keys and values, each as {@code key="value"} with a space in front; a quote or a
 * backslash within a value has a backslash before it. A key without a value is left out. The
 * pattern's word is {@code values}. Thread-safe.
 */
public final class KeyValues extends ClassicConverter {

  @Override
  public String convert(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs == null || pairs.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder(32 * pairs.size());
    for (KeyValuePair pair : pairs) {
      if (pair.value != null) {
        text.append(' ').append(pair.key).append("=\"");
        append(text, pair.value.toString());
        text.append('"');
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\');
      }
      text.append(c);
    }
  }
}
