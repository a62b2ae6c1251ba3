package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LostMigrationsTest {

  private static final SqlFailure LOST =
      new SqlFailure(SqlFailure.Kind.CONNECTION, "08006", 0, "gone");
  private static final SqlFailure TIMEOUT =
      new SqlFailure(SqlFailure.Kind.SESSION_TIMEOUT, "25P04", 0, "took too long");

  @TempDir Path folder;
  private final LostMigrations losses = new LostMigrations();
  private Step one;
  private Step two;

  @BeforeEach
  void write() {
    List<Migration> migrations =
        new TestChangelog(folder)
            .with("001_a.sql", "SELECT 1;")
            .with("002_b.sql", "SELECT 2;")
            .changelog()
            .of(ACME);
    one = new Step.Apply(migrations.get(0));
    two = new Step.Apply(migrations.get(1));
  }

  private LostMigrations.Loss note(SqlFailure failure, int done, Step... steps) {
    losses.note(ACME, List.of(steps), done, failure, 42);
    return loss();
  }

  private LostMigrations.Loss loss() {
    return Objects.requireNonNull(losses.of(ACME));
  }

  @Test
  void schemaWithoutALossIsNotLeftAlone() {
    assertThat(losses.of(ACME)).isNull();
    assertThat(losses.pause(ACME)).isZero();
  }

  @Test
  void lossesOfOneMigrationAreCountedWithGrowingPauses() {
    LostMigrations.Loss first = note(LOST, 0, one);
    assertThat(first.version()).isEqualTo(new Version(1));
    assertThat(first.count()).isEqualTo(1);
    assertThat(first.began()).isEqualTo(42);
    assertThat(first.failure()).isEqualTo(LOST);
    assertThat(first.noted()).isFalse();
    assertThat(losses.pause(ACME)).isBetween(Duration.ofMillis(50), Duration.ofMillis(500));

    assertThat(note(LOST, 0, one).count()).isEqualTo(2);
    assertThat(losses.pause(ACME)).isGreaterThan(Duration.ofMillis(300));

    assertThat(note(LOST, 0, one).count()).isEqualTo(LostMigrations.MAX_TRIES);
    assertThat(losses.pause(ACME)).isZero();
  }

  @Test
  void anotherPlaceIsCountedAnew() {
    note(LOST, 0, one);
    assertThat(note(LOST, 0, two).count()).isEqualTo(1);
    assertThat(note(LOST, 1, two).count()).isEqualTo(1);
    assertThat(note(LOST, 1, two).count()).isEqualTo(2);
  }

  @Test
  void lossOfSeveralIsOfNoneAndCountsWithEach() {
    assertThat(note(LOST, 0, one, two).version()).isNull();
    assertThat(note(LOST, 0, one).count()).isEqualTo(2);
    assertThat(note(LOST, 0, one, two).count()).isEqualTo(3);
  }

  @Test
  void sessionTimeoutDecidesWithoutAPause() {
    assertThat(note(TIMEOUT, 0, one).isDecisive()).isTrue();
    assertThat(losses.pause(ACME)).isZero();
    assertThat(note(TIMEOUT, 0, one, two).isDecisive()).isFalse();
    assertThat(note(LOST, 0, one).isDecisive()).isFalse();
  }

  @Test
  void restartOfTheServerIsNotCounted() {
    note(LOST, 3, one);
    losses.wasRestart(ACME);
    LostMigrations.Loss loss = loss();

    assertThat(loss.count()).isZero();
    assertThat(loss.restarts()).isEqualTo(1);
    assertThat(loss.noted()).isTrue();
    assertThat(loss.done()).isEqualTo(3);
    LostMigrations.Loss next = note(LOST, 3, one);
    assertThat(next.count()).isEqualTo(1);
    assertThat(next.restarts()).isEqualTo(1);
    assertThat(next.noted()).isFalse();
  }

  @Test
  void notedLossIsForgottenWithItsMigration() {
    note(LOST, 0, one);
    losses.isNoted(ACME);
    assertThat(loss().noted()).isTrue();
    assertThat(loss().count()).isEqualTo(1);

    losses.forget(ACME);
    losses.isNoted(ACME);
    losses.wasRestart(ACME);
    assertThat(losses.of(ACME)).isNull();
  }
}
