package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DrainSettings;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.testing.ScriptedServer.Reply;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A {@link SchemaDrain}: whose the lease is when it ends, or is given up. */
class SchemaDrainTest {

  private static final AttemptResult.NeedsDrain NEEDS =
      new AttemptResult.NeedsDrain(List.of(), 11, SchemaHistory.noTable(ACME));

  @TempDir Path folder;
  private final List<DrainEnd> ends = new CopyOnWriteArrayList<>();
  private ScriptedSchema schema;
  private SchemaDrain drain;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder).with("001_a.sql", "CREATE TABLE a ();");
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    drain = new SchemaDrain(schema.context(), ACME);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private int leasesGivenBack() {
    return schema.server.sent("UPDATE tenantgate.lease SET holder = NULL").size();
  }

  private static @Nullable Reply quiet(String statement) {
    return statement.strip().startsWith("SELECT")
        ? new Rows(
            List.of("c1", "c2", "c3", "c4", "c5"),
            List.of(Arrays.asList("tenant_acme", "11", "gate-1", "t", null)))
        : null;
  }

  private void drained() {
    schema.server.answer("FROM tenantgate.drain_ack WHERE (schema_name", SchemaDrainTest::quiet);
    drain.begin(NEEDS, ends::add);
    await().until(() -> !ends.isEmpty());
    assertThat(ends.get(0)).isInstanceOf(DrainEnd.Quiet.class);
  }

  @Test
  void withoutADrainThereIsNothingToGiveUp() {
    assertThat(drain.withdraw()).isFalse();
    assertThat(drain.take()).isNull();
    drain.tried(false);
    assertThat(leasesGivenBack()).isZero();
  }

  @Test
  void drainThatIsGivenUpGivesTheLeaseBack() {
    drain.begin(NEEDS, ends::add);
    await().until(() -> !schema.server.sent("INSERT INTO tenantgate.drain").isEmpty());

    assertThat(drain.withdraw()).isTrue();

    await().until(() -> !ends.isEmpty());
    assertThat(ends.get(0)).isInstanceOf(DrainEnd.Withdrawn.class);
    assertThat(leasesGivenBack()).isEqualTo(1);
    assertThat(drain.take()).isNull();
    assertThat(drain.withdraw()).isFalse();
    assertThat(drain.inVain()).isZero();
  }

  @Test
  void closedMigratorIsToldTheEndAllTheSame() {
    drain.begin(NEEDS, ends::add);
    schema.context().workers().shutdownNow();
    drain.withdraw();

    await().until(() -> !ends.isEmpty());
    assertThat(leasesGivenBack()).isEqualTo(1);
  }

  @Test
  void leaseOfADrainedSchemaIsTheNextTrys() {
    drained();

    assertThat(drain.take()).isEqualTo(NEEDS);
    assertThat(drain.take()).isNull();
    drain.tried(true);
    assertThat(leasesGivenBack()).isZero();
  }

  @Test
  void gatewaysAreToldThatATryWithTheLeaseIsOver() {
    drained();
    drain.take();
    schema.server.forgetSent();

    drain.tried(false);

    await().until(() -> !schema.server.sent("DELETE FROM tenantgate.drain").isEmpty());
    assertThat(leasesGivenBack()).isZero();
  }

  @Test
  void leaseThatNoTryHasTakenIsGivenBack() {
    drained();

    drain.tried(false);

    assertThat(leasesGivenBack()).isEqualTo(1);
    assertThat(drain.take()).isNull();
    await().until(() -> !schema.server.sent("DELETE FROM tenantgate.drain").isEmpty());
  }

  @Test
  void drainsInVainAreCountedUntilOneIsNot() {
    schema.close();
    schema = new ScriptedSchema(folder);
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.settings =
        settings ->
            settings.withDrain(
                new DrainSettings(Duration.ofMillis(5), DrainSettings.AfterTimeout.POSTPONE));
    drain = new SchemaDrain(schema.context(), ACME);
    for (int i = 1; i <= 2; i++) {
      drain.begin(NEEDS, ends::add);
      await().until(() -> !ends.isEmpty());
      assertThat(ends.remove(0)).isInstanceOf(DrainEnd.TimedOut.class);
      assertThat(drain.inVain()).isEqualTo(i);
      assertThat(leasesGivenBack()).isEqualTo(i);
    }

    drained();

    assertThat(drain.inVain()).isZero();
  }
}
