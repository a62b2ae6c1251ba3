package dev.tenantgate.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DemoEventsTest {

  private static final SchemaRef GLOBEX = new SchemaRef("tenant_globex", "globex");

  private final DemoEvents events = new DemoEvents();

  @Test
  void nothingIsAppliedWhereNothingWasBegun() {
    assertThat(events.applied(GLOBEX)).isEmpty();
  }

  @Test
  void theEndOfAMigrationMayBeToldAfterTheAdmission() {
    List<Version> versions = List.of(Version.parse("5"));
    events.migrationStarted(GLOBEX);
    CompletableFuture<List<Version>> asked =
        CompletableFuture.supplyAsync(() -> events.applied(GLOBEX));

    events.migrationEnded(
        GLOBEX, new SchemaOutcome.Migrated(GLOBEX, versions, Duration.ZERO), Duration.ZERO);

    assertThat(asked).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(versions);
  }
}
