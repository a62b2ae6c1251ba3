package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.Unmanaged;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaOutcomeTest {

  private static final List<Version> ONE = List.of(new Version(1));

  @Test
  void outcomesThatHaveAllThatWasAskedForSucceeded() {
    List<SchemaOutcome> succeeded =
        List.of(
            new SchemaOutcome.UpToDate(ACME),
            new SchemaOutcome.Migrated(ACME, ONE, Duration.ZERO),
            new SchemaOutcome.RolledBack(ACME, ONE, Duration.ZERO),
            new SchemaOutcome.Recorded(
                ACME, SchemaOutcome.Recorded.Change.RECORDED, ONE, Duration.ZERO));

    assertThat(succeeded).allMatch(SchemaOutcome::succeeded);
    assertThat(succeeded.stream().filter(outcome -> !outcome.mayHaveChanged()))
        .containsExactly(new SchemaOutcome.UpToDate(ACME));
  }

  @Test
  void outcomesWithNothingDoneHaveNotChangedTheSchema() {
    List<SchemaOutcome> untouched =
        List.of(
            new SchemaOutcome.Busy(ACME, "another"),
            new SchemaOutcome.PutOff(ACME, "a transaction"),
            new SchemaOutcome.NoSuchSchema(ACME),
            new SchemaOutcome.Unmanaged(
                new Unmanaged(ACME, HistoryName.STANDARD, "1 table", null)));

    assertThat(untouched).noneMatch(SchemaOutcome::succeeded);
    assertThat(untouched).noneMatch(SchemaOutcome::mayHaveChanged);
    assertThat(untouched).extracting(SchemaOutcome::schema).containsOnly(ACME);
  }

  @Test
  void outcomesOfWhichNothingIsKnownMayHaveChangedTheSchema() {
    assertThat(new SchemaOutcome.Unreachable(ACME, "away").mayHaveChanged()).isTrue();
    assertThat(new SchemaOutcome.Cancelled(ACME).mayHaveChanged()).isTrue();
    assertThat(new SchemaOutcome.Cancelled(ACME).succeeded()).isFalse();
  }
}
