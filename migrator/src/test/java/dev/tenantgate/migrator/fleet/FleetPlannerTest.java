package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.fleet.RunRefusedException.Reason;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.ScriptedServer.Changed;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that were left unfinished: gone on with, refused, or replaced. */
class FleetPlannerTest {

  private static final String LEFT = "the run that was left";

  @TempDir Path folder;
  private ScriptedFleet fleet;
  private final List<List<@Nullable String>> plan = new ArrayList<>();
  private final AtomicReference<String> state = new AtomicReference<>("stopped");
  private String holder = "elsewhere:1:x-y";
  private String digest = "";

  @BeforeEach
  void open() {
    fleet = new ScriptedFleet(folder, "a", "b", "c");
    fleet.resumption = Resumption.UNCHANGED;
    digest = GoalText.digest(fleet.scripted.files.changelog());
    fleet
        .server
        .answer("ORDER BY r.id DESC", statement -> runs())
        .answer("FROM tenantgate.run_schema WHERE run_id = 7", statement -> rowsOf(plan))
        .answer("UPDATE tenantgate.run SET holder", statement -> new Changed(1));
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  private Rows runs() {
    List<@Nullable String> run =
        Arrays.asList(
            "7",
            "up",
            "tenant_a, tenant_b, tenant_c",
            digest,
            LEFT,
            holder,
            "2026-01-01 00:00:00+00",
            null,
            state.get(),
            null,
            "3",
            "1",
            "1");
    return new Rows(
        List.of("1", "2", "3", "4", "5", "6", "at", "at", "9", "10", "11", "12", "13"),
        List.of(run));
  }

  private static Rows rowsOf(List<List<@Nullable String>> rows) {
    return new Rows(List.of("1", "2", "3", "4", "5", "6", "7"), List.copyOf(rows));
  }

  private void planned(String tenant, String stage, String progress, @Nullable String error) {
    plan.add(
        Arrays.asList(
            Integer.toString(plan.size()),
            stage,
            "1",
            "tenant_" + tenant,
            tenant,
            progress,
            error));
  }

  @Test
  void stoppedRunGoesOnWithThoseThatAreLeft() throws Exception {
    planned("a", "wave", "done", null);
    planned("b", "wave", "failed", "broken then");
    planned("c", "wave", "pending", null);

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.run()).isEqualTo(7);
    assertThat(fleet.told).containsSubsequence("started 3", "planned 1 in 1 as 7", "WAVE tenant_c");
    assertThat(outcome.outcomes())
        .extracting(each -> each.schema().tenant() + " " + each.getClass().getSimpleName())
        .containsExactly("a UpToDate", "b Failed", "c Migrated");
    assertThat(((SchemaOutcome.Failed) outcome.outcomes().get(1)).error()).isEqualTo("broken then");
    assertThat(fleet.server.sent("INSERT INTO tenantgate.run ")).isEmpty();
  }

  @Test
  void failedCanaryIsTriedAgain() throws Exception {
    planned("a", "canary", "failed", null);
    planned("b", "wave", "pending", null);

    fleet.run().run();

    assertThat(fleet.told).containsSubsequence("CANARY tenant_a", "WAVE tenant_b");
  }

  @Test
  void failureWithoutAnErrorSaysThatThereWasOne() throws Exception {
    planned("a", "wave", "failed", null);
    planned("b", "wave", "gone", null);

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.outcomes()).singleElement().isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(((SchemaOutcome.Failed) outcome.outcomes().get(0)).error())
        .isEqualTo("its migration failed");
  }

  @Test
  void changedMigrationsRefuseIt() {
    digest = "another";

    assertRefused(Reason.CHANGED, "migrations were changed since run 7 (up) began");
  }

  @Test
  void changedMigrationsMayBeAccepted() throws Exception {
    digest = "another";
    fleet.resumption = Resumption.CHANGED;
    planned("c", "wave", "pending", null);

    assertThat(fleet.run().run().outcomes()).hasSize(1);
  }

  @Test
  void runThatAnotherHasClaimedMeanwhileIsRefused() {
    fleet.server.answer("UPDATE tenantgate.run SET holder", statement -> new Changed(0));

    assertRefused(Reason.GOING_ON, "run 7 (up) is going on in elsewhere:1:x-y");
  }

  @Test
  void runOfThisProcessIsRefusedAtOnce() {
    state.set("running");
    holder = fleet.scripted.context().leases().holder();

    assertRefused(Reason.GOING_ON, "is going on in " + holder);
  }

  @Test
  void runThatGoesOnElsewhereIsLookedAtAgainUntilItIsLeft() throws Exception {
    state.set("running");
    planned("c", "wave", "pending", null);
    fleet.server.answer(
        "ORDER BY r.id DESC",
        statement -> {
          Rows seen = runs();
          state.set("interrupted");
          return seen;
        });

    assertThat(fleet.run().run().outcomes()).hasSize(1);
  }

  @Test
  void runOfAProcessThatIsGoneIsExpired() throws Exception {
    state.set("running");
    holder = ProcessName.of(Integer.MAX_VALUE);
    planned("c", "wave", "pending", null);
    fleet.server.answer(
        "UPDATE tenantgate.run SET expires_at = pg_catalog.clock_timestamp() WHERE id = 7",
        statement -> {
          state.set("interrupted");
          return new Changed(1);
        });

    assertThat(fleet.run().run().outcomes()).hasSize(1);
    assertThat(fleet.server.sent("UPDATE tenantgate.run SET expires_at = pg_catalog.clock_timesta"))
        .anyMatch(sql -> sql.contains(holder));
  }

  @Test
  void finishedRunIsNotGoneOnWith() throws Exception {
    state.set("succeeded");

    FleetOutcome outcome = fleet.run().run();

    assertThat(outcome.outcomes()).hasSize(3);
    assertThat(fleet.server.sent("INSERT INTO tenantgate.run ")).hasSize(1);
  }

  @Test
  void runToAnotherGoalIsNotGoneOnWith() throws Exception {
    fleet.schemas.add(new SchemaRef("tenant_d", "d"));

    assertThat(fleet.run().run().outcomes()).hasSize(4);
    assertThat(fleet.server.sent("INSERT INTO tenantgate.run ")).hasSize(1);
  }

  @Test
  void runThatIsPlannedAnewReplacesIt() throws Exception {
    fleet.resumption = Resumption.NONE;
    AtomicReference<@Nullable PlannedFleet> about = new AtomicReference<>();
    fleet.server.row("UPDATE tenantgate.run SET state = 'replaced'", "6");
    fleet.planned = about::set;

    fleet.run().run();

    assertThat(about.get()).isEqualTo(new PlannedFleet(7L, false, List.of(6L), 3, 1));
  }

  private void assertRefused(Reason reason, String said) {
    planned("c", "wave", "pending", null);
    assertThatThrownBy(() -> fleet.run().run())
        .isInstanceOfSatisfying(
            RunRefusedException.class, refused -> assertThat(refused.reason()).isEqualTo(reason))
        .hasMessageContaining(said);
    assertThat(fleet.told).noneMatch(word -> word.startsWith("WAVE"));
  }
}
