package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** The lines that operators find in the log after a migration. */
class GateLogTest {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Duration ELAPSED = Duration.ofMillis(12);

  private final Logger logger = (Logger) LoggerFactory.getLogger(GateLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final GateLog gateLog = new GateLog();

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  private void migrated() {
    List<Version> applied = List.of(Version.parse("5"), Version.parse("6"));
    gateLog.migrationEnded(ACME, new SchemaOutcome.Migrated(ACME, applied, ELAPSED), ELAPSED);
  }

  @Test
  void manyMigratedSchemasShareALine() {
    migrated();
    migrated();

    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.INFO);
    assertThat(lines.list.get(0).getKeyValuePairs())
        .contains(new KeyValuePair("schemas", 1L), new KeyValuePair("last", "tenant_acme"));
  }

  @Test
  void eachMigratedSchemaIsALineAtDebug() {
    logger.setLevel(Level.DEBUG);
    migrated();

    assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.DEBUG);
    assertThat(lines.list.get(0).getKeyValuePairs())
        .contains(
            new KeyValuePair("schema", "tenant_acme"),
            new KeyValuePair("applied", List.of(Version.parse("5"), Version.parse("6"))));
  }

  @Test
  void aFailureIsAnErrorWithItsReason() {
    gateLog.migrationEnded(
        ACME,
        new SchemaOutcome.Failed(ACME, List.of(), null, "23505", "00006_x.sql: twice", ELAPSED),
        ELAPSED);

    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.ERROR);
    assertThat(lines.list.get(0).getKeyValuePairs())
        .contains(new KeyValuePair("error", "00006_x.sql: twice"));
  }

  @Test
  void nothingToDoIsNoLine() {
    gateLog.migrationEnded(ACME, new SchemaOutcome.UpToDate(ACME), ELAPSED);

    assertThat(lines.list).isEmpty();
  }
}
