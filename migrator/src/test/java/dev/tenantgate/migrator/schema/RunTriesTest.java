package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link RunTries}: how often a run is tried, and the pauses between. */
class RunTriesTest {

  private static final SqlFailure DEADLOCK =
      new SqlFailure(SqlFailure.Kind.RETRY, "40P01", 0, "deadlock");
  private static final SqlFailure LOST =
      new SqlFailure(SqlFailure.Kind.CONNECTION, "08006", 0, "the server has gone");
  private static final SqlFailure TOO_SLOW =
      new SqlFailure(SqlFailure.Kind.SESSION_TIMEOUT, "25P04", 0, "transaction timeout");

  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder).with("001_a.sql", "CREATE TABLE a ();");
    schema.pause = Duration.ofSeconds(8);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private RunTries tries() {
    return new RunTries(schema.context(), ACME, new Telling(told));
  }

  private void serverWasReached() throws Exception {
    schema.context().connections().borrow().close();
  }

  private static void assertBetween(@Nullable Duration delay, long seconds, long most) {
    assertThat(delay).isBetween(Duration.ofSeconds(seconds), Duration.ofSeconds(most));
  }

  @Test
  void failuresOfOthersAreFollowedByTriesAfterLongerPauses() {
    RunTries tries = tries();

    assertThat(tries.wereInTheWay()).isFalse();
    assertThat(tries.isLast()).isFalse();
    assertBetween(tries.afterFailure(DEADLOCK), 4, 8);
    assertThat(tries.wereInTheWay()).isTrue();
    assertThat(tries.isLast()).isFalse();
    assertBetween(tries.afterFailure(DEADLOCK), 8, 16);
    assertThat(tries.isLast()).isTrue();
    assertThat(tries.afterFailure(DEADLOCK)).isNull();
    assertThat(told).containsExactly("retrying 1 40P01", "retrying 2 40P01");
  }

  @Test
  void serverThatWasNeverReachedIsNotWaitedFor() {
    RunTries tries = tries();

    assertThat(tries.wereLost()).isFalse();
    assertThat(tries.afterLoss(LOST)).isNull();
    assertThat(tries.wereLost()).isTrue();
    assertThat(told).isEmpty();
  }

  @Test
  void connectionMayBeLostFifteenTimes() throws Exception {
    RunTries tries = tries();
    serverWasReached();

    assertBetween(tries.afterLoss(LOST), 4, 8);
    assertThat(tries.wereInTheWay()).isFalse();
    for (int i = 2; i < 16; i++) {
      assertBetween(tries.afterLoss(LOST), 8, 16);
    }
    assertThat(tries.afterLoss(LOST)).isNull();
    assertThat(told).hasSize(15).startsWith("retrying 1 08006").endsWith("retrying 15 08006");
  }

  @Test
  void sessionThatTookTooLongIsNotWaitedFor() throws Exception {
    RunTries tries = tries();
    serverWasReached();

    assertThat(tries.afterLoss(TOO_SLOW)).isEqualTo(Duration.ZERO);
    assertThat(told).isEmpty();
  }

  @Test
  void migrationThatLosesItsConnectionHasPausesOfItsOwn() throws Exception {
    RunTries tries = tries();
    serverWasReached();
    Step step = new Step.Apply(schema.files.changelog().of(ACME).get(0));
    schema.context().losses().note(ACME, List.of(step), 0, LOST, System.nanoTime());

    assertThat(tries.afterLoss(LOST)).isPositive().isLessThan(Duration.ofSeconds(1));
    assertThat(told).containsExactly("retrying 1 08006");
  }

  @Test
  void leaseOfAnotherIsLookedAtLessAndLessOften() {
    schema.leaseWait = Duration.ofMinutes(5);
    RunTries tries = tries();

    assertThat(tries.whileLeased()).isBetween(Duration.ofMillis(20), Duration.ofMillis(40));
    assertThat(tries.whileLeased()).isBetween(Duration.ofMillis(40), Duration.ofMillis(80));
    assertThat(tries.whileLeased()).isBetween(Duration.ofMillis(80), Duration.ofMillis(160));
  }

  @Test
  void leaseOfAnotherIsWaitedForNoLongerThanThat() {
    schema.leaseWait = Duration.ZERO;

    assertThat(tries().whileLeased()).isNull();
  }
}
