package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.connection.ExecutionStrategy.COCKROACHDB;
import static dev.tenantgate.migrator.connection.ExecutionStrategy.POSTGRESQL;
import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StepRules}, by what a migration says, does, and would leave behind. */
class StepRulesTest {

  private static final Step FORGET = new Step.Forget(new Version(1), "a");
  private static final String TABLE = "CREATE TABLE a ();";
  private static final String INDEX = "CREATE INDEX CONCURRENTLY i ON a (id);";

  @TempDir Path folder;

  private Step step(String sql) {
    return new Step.Apply(
        new TestChangelog(folder).with("001_a.sql", sql).changelog().of(ACME).get(0));
  }

  @Test
  void migrationIsOnlineByItsOwnWordOrByWhatItIs() {
    assertThat(StepRules.isOnline(step(TABLE))).isFalse();
    assertThat(StepRules.isOnline(step("-- tenantgate: online\n" + TABLE))).isTrue();
    assertThat(StepRules.isOnline(step(INDEX))).isTrue();
  }

  @Test
  void migrationIsNotOnlineForHavingNoTransaction() {
    assertThat(StepRules.isOnline(step("-- tenantgate: no-transaction\n" + TABLE))).isFalse();
    assertThat(StepRules.isOnline(step("-- tenantgate: no-transaction online\n" + TABLE))).isTrue();
  }

  @Test
  void changeOfTheHistoryAloneIsOnlineAndLeavesNothing() {
    assertThat(StepRules.isOnline(FORGET)).isTrue();
    assertThat(StepRules.leavesNothing(FORGET)).isTrue();
  }

  @Test
  void migrationThatTouchesItsSessionLeavesSomething() {
    assertThat(StepRules.leavesNothing(step(TABLE))).isTrue();
    assertThat(StepRules.leavesNothing(step("SET search_path = public;"))).isFalse();
  }

  @Test
  void stepsShareATransactionWhereTheServerUndoesThem() {
    assertThat(StepRules.mayFollow(POSTGRESQL, step(TABLE))).isTrue();
    assertThat(StepRules.mayFollow(POSTGRESQL, FORGET)).isTrue();
    assertThat(StepRules.mayFollow(POSTGRESQL, step(INDEX))).isFalse();
    assertThat(StepRules.mayFollow(COCKROACHDB, step(TABLE))).isFalse();
    assertThat(StepRules.mayFollow(COCKROACHDB, FORGET)).isFalse();
  }

  @Test
  void statementsAreCommittedOneByOneWhereTheyCantShareATransaction() {
    Step index = step(INDEX);
    assertThat(StepRules.aloneIn(POSTGRESQL, index)).isNotNull().isEqualTo(index.part());
    Step table = step(TABLE);
    assertThat(StepRules.aloneIn(POSTGRESQL, table)).isNull();
    assertThat(StepRules.aloneIn(COCKROACHDB, table)).isNotNull().isEqualTo(table.part());
    assertThat(StepRules.aloneIn(COCKROACHDB, FORGET)).isNull();
  }
}
