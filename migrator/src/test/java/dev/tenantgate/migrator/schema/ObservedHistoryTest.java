package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An {@link ObservedHistory}: what of an observation a first try can go by. */
class ObservedHistoryTest {

  private static final SchemaHistory THERE = new SchemaHistory(ACME, true, true, List.of(), null);
  private static final SchemaHistory MISSING = SchemaHistory.noTable(ACME);
  private static final SchemaHistory GONE = new SchemaHistory(ACME, false, false, List.of(), null);
  private static final SchemaHistory UNREADABLE =
      new SchemaHistory(ACME, true, true, List.of(), "it is another tool's");
  private static final ObservedHistory.Ahead AHEAD =
      new ObservedHistory.Ahead(
          new ObservedHistory.Work(new SchemaProgress(MISSING), List.of()), 7, null);

  @Test
  void tableIsThereOrMissing() {
    assertThat(ObservedHistory.of(THERE).table()).isEqualTo(ObservedHistory.Table.THERE);
    assertThat(ObservedHistory.of(MISSING).table()).isEqualTo(ObservedHistory.Table.MISSING);
    assertThat(ObservedHistory.of(THERE).ahead()).isNull();
  }

  @Test
  void schemaThatIsGoneAndHistoryThatCantBeReadAreLookedAtAgain() {
    assertThat(ObservedHistory.of(GONE)).isEqualTo(ObservedHistory.NONE);
    assertThat(ObservedHistory.of(UNREADABLE)).isEqualTo(ObservedHistory.NONE);
  }

  @Test
  void workAheadIsKeptWhateverIsKnownOfTheTable() {
    assertThat(ObservedHistory.of(THERE, AHEAD))
        .isEqualTo(new ObservedHistory(ObservedHistory.Table.THERE, AHEAD));
    assertThat(ObservedHistory.of(GONE, AHEAD))
        .isEqualTo(new ObservedHistory(ObservedHistory.Table.UNKNOWN, AHEAD));
  }
}
