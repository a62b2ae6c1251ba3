package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunProgressTest {

  private static final List<Version> ONE = List.of(new Version(1));
  private static final List<Version> TWO = List.of(new Version(2));

  private static RunProgress of(Goal goal) {
    return new RunProgress(ACME, goal);
  }

  @Test
  void versionsOfAllTriesAreInTheOutcome() {
    RunProgress progress = of(new Goal.Up(new Target.Latest()));
    progress.add(ONE);

    SchemaOutcome.Migrated done = (SchemaOutcome.Migrated) progress.done(TWO);

    assertThat(done.applied()).containsExactly(new Version(1), new Version(2));
    assertThat(done.elapsed()).isPositive().isLessThan(java.time.Duration.ofMinutes(5));
    assertThat(done.succeeded()).isTrue();
    assertThat(progress.nothingPending(List.of())).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void nothingAppliedIsUpToDate() {
    assertThat(of(new Goal.Up(new Target.Latest())).nothingPending(List.of()))
        .isEqualTo(new SchemaOutcome.UpToDate(ACME));
  }

  @Test
  void outcomeIsOfTheGoal() {
    assertThat(of(new Goal.Only(new Version(1))).done(ONE))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(((SchemaOutcome.RolledBack) of(new Goal.Down(null)).done(ONE)).versions())
        .isEqualTo(ONE);
    assertThat(change(new Goal.Baseline(new Version(1)))).isEqualTo("recorded");
    assertThat(change(new Goal.Adopt(null, List.of(), null, false))).isEqualTo("taken_over");
    assertThat(change(new Goal.UndoAdopt(Map.of(), false))).isEqualTo("given_back");
  }

  private static String change(Goal goal) {
    return ((SchemaOutcome.Recorded) of(goal).done(ONE)).change().label();
  }

  @Test
  void failureKeepsTheVersionsBefore() {
    RunProgress progress = of(new Goal.Up(new Target.Latest()));
    progress.add(ONE);

    SchemaOutcome.Failed failed =
        (SchemaOutcome.Failed) progress.failed(TWO, null, "42P01", "no such table");

    assertThat(failed.applied()).containsExactly(new Version(1), new Version(2));
    assertThat(failed.sqlState()).isEqualTo("42P01");
    assertThat(failed.error()).isEqualTo("no such table");
    assertThat(failed.succeeded()).isFalse();
    assertThat(failed.mayHaveChanged()).isTrue();
  }
}
