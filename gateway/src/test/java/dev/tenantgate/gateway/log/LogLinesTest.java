package dev.tenantgate.gateway.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The log of the distribution, by its own configuration. */
class LogLinesTest {

  private static String written(String message, @Nullable Object value, @Nullable Throwable cause)
      throws Exception {
    LoggerContext context = new LoggerContext();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    // The test's own file comes first on the class path under its other name.
    URL file = Objects.requireNonNull(LogLinesTest.class.getResource("/logback.xml"));
    configurator.doConfigure(file);
    Logger logger = context.getLogger("dev.tenantgate.x");
    LoggingEvent event = new LoggingEvent("x", logger, Level.WARN, message, cause, null);
    event.setKeyValuePairs(List.of(new KeyValuePair("schema", value)));
    ConsoleAppender<ILoggingEvent> appender =
        (ConsoleAppender<ILoggingEvent>)
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
    return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void aNameWithLineBreaksStaysOnItsLine() throws Exception {
    String line = written("migrated", "tenant_a\n2026-01-01 ERROR x\r\u2028\u001b[31m\u0000", null);
    assertThat(line).endsWith("\n").doesNotContain("\r", "\u2028", "\u001b");
    assertThat(line.strip().lines()).hasSize(1);
    assertThat(line).contains("tenant_a\\n2026").contains("\\u001b[31m\\u0000");
  }

  @Test
  void aMessageOfTheServersStaysOnItsLine() throws Exception {
    assertThat(written("ERROR: x\n  Detail: y", "z", null).strip().lines()).hasSize(1);
  }

  @Test
  void anOrdinaryLineIsAsItWas() throws Exception {
    assertThat(written("migrated", "tenant_ä", null)).endsWith("x: migrated schema=\"tenant_ä\"\n");
  }

  @Test
  void aKeyWithoutAValueIsLeftOut() throws Exception {
    assertThat(written("asked", null, null)).endsWith("x: asked\n");
    LoggingEvent event = new LoggingEvent();
    event.setLevel(Level.INFO);
    event.setLoggerName("x");
    event.setMessage("asked");
    event.setKeyValuePairs(List.of(new KeyValuePair("token", null)));
    JsonNode json = new ObjectMapper().readTree(new JsonLines().encode(event));
    assertThat(json.has("token")).isFalse();
  }

  @Test
  void noLineOfATraceBeginsAsAnEventDoes() throws Exception {
    String lines =
        written("failed", "z", new IllegalStateException("x\n2026-01-01T00:00:00.000 ERROR x: y"));
    assertThat(lines.lines().skip(1)).isNotEmpty().allMatch(line -> line.startsWith("\t"));
  }

  @Test
  void quotesWithinAValueAreEscaped() throws Exception {
    assertThat(written("x", "a\" level=\"ERROR\\", null))
        .endsWith("x: x schema=\"a\\\" level=\\\"ERROR\\\\\"\n");
  }

  @Test
  void jsonHasAnObjectALineWhateverIsInIt() throws Exception {
    Logger logger = new LoggerContext().getLogger("dev.tenantgate.x.Y");
    LoggingEvent event =
        new LoggingEvent(
            "x", logger, Level.WARN, "mig\"ra\nted", new IllegalStateException("no\nway"), null);
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("schema", "ä\u0000\u2028\ud800\\"),
            new KeyValuePair("times", 3),
            new KeyValuePair("level", "mine")));
    String line = new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
    assertThat(line).endsWith("}\n").doesNotContain("\u2028");
    assertThat(line.strip().lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.get("message").asText()).isEqualTo("mig\"ra\nted");
    assertThat(json.get("level").asText()).isEqualTo("WARN");
    assertThat(json.get("_level").asText()).isEqualTo("mine");
    assertThat(json.get("logger").asText()).isEqualTo("Y");
    assertThat(json.get("times").isInt()).isTrue();
    assertThat(json.get("schema").asText()).isEqualTo("ä\u0000\u2028\ud800\\");
    assertThat(json.get("trace").asText()).startsWith("java.lang.IllegalStateException: no\nway");
  }
}
