package dev.tenantgate.gateway.tenant;

import static dev.tenantgate.gateway.testing.TestMigrations.absent;
import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static dev.tenantgate.gateway.testing.TestMigrations.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.testing.ManualExecutor;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TenantDirectoryTest {

  private static final SchemaRef ACME = tenant("acme");

  private final Map<SchemaRef, SchemaHistory> database = new HashMap<>();
  private final List<List<SchemaRef>> reads = new ArrayList<>();
  private final ManualExecutor readers = new ManualExecutor();
  private long now = 1_000_000_000L;
  private @Nullable SQLException failure;
  private @Nullable Runnable whileReading;
  private final TenantDirectory directory =
      new TenantDirectory(this::read, readers, () -> now, Duration.ofSeconds(10), snapshot -> {});

  @Test
  void missesBecomeOneMessage() {
    for (int i = 0; i < 300; i++) {
      directory.lookup(tenant("t" + i));
      directory.lookup(tenant("t" + i));
    }
    readers.runAll();

    assertThat(reads).hasSize(1);
    assertThat(reads.get(0)).hasSize(300);
  }

  @Test
  void largeBatchesAreSplit() {
    for (int i = 0; i < 1_200; i++) {
      directory.lookup(tenant("t" + i));
    }
    readers.runAll();

    assertThat(reads).hasSize(3).allMatch(batch -> batch.size() <= HistoryReads.MAX_BATCH);
  }

  @Test
  void oneUnreadableSchemaDoesntFailTheOthers() {
    database.put(ACME, upTo(ACME, 3));
    SchemaRef bad = tenant("bad");
    failure = new SQLException("permission denied", "42501");
    CompletionStage<HistorySnapshot> good = directory.lookup(ACME);
    CompletionStage<HistorySnapshot> denied = directory.lookup(bad);
    readers.runAll();

    assertThat(good.toCompletableFuture()).isCompleted();
    assertThatThrownBy(() -> denied.toCompletableFuture().get())
        .hasCauseInstanceOf(LookupFailedException.class)
        .hasMessageContaining("permission denied");
  }

  @Test
  void onlyWhatIsOldAndInUseIsReadAgain() {
    SchemaRef idle = tenant("idle");
    database.put(ACME, upTo(ACME, 3));
    database.put(idle, upTo(idle, 3));
    directory.lookup(ACME);
    directory.lookup(idle);
    readers.runAll();
    reads.clear();

    advance(Duration.ofSeconds(5));
    directory.tryLookup(ACME);
    directory.refreshStale();
    readers.runAll();
    assertThat(reads).isEmpty();

    advance(Duration.ofSeconds(6));
    directory.refreshStale();
    readers.runAll();
    assertThat(reads).containsExactly(List.of(ACME));
  }

  @Test
  void whatIsInUseStaysKnown() {
    SchemaRef idle = tenant("idle");
    database.put(ACME, upTo(ACME, 3));
    database.put(idle, upTo(idle, 3));
    directory.reconfigure(Duration.ofHours(1));
    directory.lookup(ACME);
    directory.lookup(idle);
    readers.runAll();

    for (int minute = 0; minute < 15; minute++) {
      advance(Duration.ofMinutes(1));
      assertThat(directory.tryLookup(ACME)).isNotNull();
    }

    assertThat(directory.tryLookup(idle)).isNull();
  }

  @Test
  void aReadThatBeganEarlierNeverReplacesOneThatBeganLater() throws Exception {
    database.put(ACME, upTo(ACME, 3));
    directory.lookup(ACME);
    whileReading =
        () -> {
          // This read's answer is old by the time it arrives.
          advance(Duration.ofMillis(1));
          database.put(ACME, upTo(ACME, 5));
          try {
            directory.readNow(ACME);
          } catch (LookupFailedException e) {
            throw new AssertionError(e);
          }
        };
    readers.runAll();

    assertThat(known(ACME).history().entries()).hasSize(5);
  }

  @Test
  void absenceIsRememberedForASecond() {
    directory.lookup(ACME);
    readers.runAll();
    assertThat(known(ACME).exists()).isFalse();

    advance(Duration.ofMillis(1_001));
    assertThat(directory.tryLookup(ACME)).isNull();
  }

  @Test
  void closingFailsWhoeverWaits() {
    CompletionStage<HistorySnapshot> lookup = directory.lookup(ACME);
    directory.close();

    assertThatThrownBy(() -> lookup.toCompletableFuture().get())
        .hasCauseInstanceOf(LookupFailedException.class);
    assertThat(directory.lookup(ACME).toCompletableFuture()).isCompletedExceptionally();
  }

  private HistorySnapshot known(SchemaRef schema) {
    return Objects.requireNonNull(directory.tryLookup(schema));
  }

  private List<SchemaHistory> read(List<SchemaRef> schemas) throws SQLException {
    reads.add(schemas);
    List<SchemaHistory> found =
        schemas.stream().map(s -> database.getOrDefault(s, absent(s))).toList();
    Runnable meanwhile = whileReading;
    whileReading = null;
    if (meanwhile != null) {
      meanwhile.run();
    }
    if (failure != null && schemas.stream().anyMatch(s -> s.schema().equals("tenant_bad"))) {
      throw failure;
    }
    return found;
  }

  private void advance(Duration by) {
    now += by.toNanos();
  }
}
