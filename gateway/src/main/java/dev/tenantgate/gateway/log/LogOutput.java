package dev.tenantgate.gateway.log;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.tenantgate.config.LogSettings.Format;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Where lines of the log go, and how they are written ({@code log.format}). A configuration of the
 * operator's own, by {@code logback.configurationFile}, is left as it is: it has no appender of the
 * name. Thread-safe.
 */
public final class LogOutput {

  /** The appender in {@code logback.xml}. */
  private static final String APPENDER = "STDERR";

  /** The encoder that the file configures. */
  private static @Nullable Encoder<ILoggingEvent> text;

  private LogOutput() {}

  /** Writes lines in a format from now on. */
  public static synchronized void use(Format format) {
    if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      Appender<ILoggingEvent> appender = root.getAppender(APPENDER);
      if (appender instanceof OutputStreamAppender<ILoggingEvent> stream) {
        stream.setEncoder(encoder(format, stream));
      }
    }
  }

  private static Encoder<ILoggingEvent> encoder(
      Format format, OutputStreamAppender<ILoggingEvent> stream) {
    Encoder<ILoggingEvent> configured = text == null ? stream.getEncoder() : text;
    text = configured;
    return switch (format) {
      case TEXT -> configured;
      case JSON -> {
        JsonLines json = new JsonLines();
        json.setContext(stream.getContext());
        json.start();
        yield json;
      }
    };
  }
}
