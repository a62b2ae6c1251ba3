package dev.tenantgate.gateway.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/**
 * An event as one JSON object on a line: {@code time} (RFC 3339, UTC), {@code level}, {@code
 * logger}, {@code message}, its key-values (numbers and truth values as such), and {@code trace}
 * for an exception's. A key that has one of these names gets an underscore in front. Thread-safe.
 */
public final class JsonLines extends EncoderBase<ILoggingEvent> {

  private static final Set<String> TAKEN = Set.of("time", "level", "logger", "message", "trace");

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder json = new StringBuilder(256);
    json.append('{');
    text(json, "time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    text(json.append(','), "level", event.getLevel().toString());
    String logger = event.getLoggerName();
    text(json.append(','), "logger", logger.substring(logger.lastIndexOf('.') + 1));
    text(json.append(','), "message", event.getFormattedMessage());
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> value(json, pair));
    }
    IThrowableProxy cause = event.getThrowableProxy();
    if (cause != null) {
      text(json.append(','), "trace", ThrowableProxyUtil.asString(cause));
    }
    return json.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void value(StringBuilder json, KeyValuePair pair) {
    String key = TAKEN.contains(pair.key) ? "_" + pair.key : pair.key;
    Object value = pair.value;
    boolean bare = value instanceof Integer || value instanceof Long || value instanceof Boolean;
    if (value == null) {
      return; // nothing is known of it
    }
    if (bare) {
      quoted(json.append(','), key);
      json.append(':').append(value);
    } else {
      text(json.append(','), key, value.toString());
    }
  }

  private static void text(StringBuilder json, String key, String value) {
    quoted(json, key);
    quoted(json.append(':'), value);
  }

  private static void quoted(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c == '\n') {
        json.append("\\n");
      } else if (OneLine.breaks(c) || isUnpaired(text, i)) {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }

  /** A half of a character, which UTF-8 has no bytes for. */
  private static boolean isUnpaired(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }
}
