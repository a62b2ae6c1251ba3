package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExceptionSafeListenerTest {

  @TempDir Path folder;

  @Test
  void everyEventIsGivenOn() {
    List<String> told = new ArrayList<>();
    List<SchemaHistory> committed = new ArrayList<>();
    ExceptionSafeListener safe = new ExceptionSafeListener(new Telling(told, committed));
    Migration migration =
        new TestChangelog(folder).with("001_a.sql", "SELECT 1;").changelog().of(ACME).get(0);

    safe.started(ACME, List.of(migration));
    safe.retrying(ACME, 2, "40001", Duration.ZERO);
    safe.blocked(ACME, List.of());
    safe.draining(ACME);
    safe.drained(ACME, new DrainEnd.Withdrawn());
    safe.cleanedUp(ACME, migration, "an index");
    safe.committed(SchemaHistory.noTable(ACME));
    safe.finished(new SchemaOutcome.UpToDate(ACME));

    assertThat(committed).containsExactly(SchemaHistory.noTable(ACME));
    assertThat(told)
        .containsExactly(
            "started [1]",
            "retrying 2 40001",
            "blocked 0",
            "draining",
            "drained Withdrawn",
            "cleaned up an index",
            "finished UpToDate");
  }

  @Test
  void exceptionOfAListenerEndsNothing() {
    MigrationListener broken =
        new MigrationListener() {
          @Override
          public void draining(SchemaRef schema) {
            throw new IllegalStateException("broken");
          }
        };

    assertThatCode(() -> new ExceptionSafeListener(broken).draining(ACME))
        .doesNotThrowAnyException();
    assertThatCode(() -> MigrationListener.NONE.draining(ACME)).doesNotThrowAnyException();
  }
}
