package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How often the database's routines are looked at, which is dear where there are many tenants. */
class SwitchingRoutinesTest {

  private long now;
  private String writes = "7";
  private boolean countsFail;
  private int looks;
  private final List<CompletableFuture<List<@Nullable String>>> open = new ArrayList<>();
  private final List<SwitchingCalls> found = new ArrayList<>();
  private final PendingDefinitions definitions = new PendingDefinitions();
  private final List<Runnable> waiting = new ArrayList<>();
  private long waits;
  private final SwitchingRoutines routines =
      new SwitchingRoutines(this::answer, found::add, definitions, this::later, () -> now);

  private CompletableFuture<List<@Nullable String>> answer(String sql, String parameter) {
    if (!sql.startsWith("SELECT writes")) {
      looks++;
      CompletableFuture<List<@Nullable String>> later = new CompletableFuture<>();
      open.add(later);
      return later;
    }
    return countsFail
        ? CompletableFuture.failedFuture(new IllegalStateException("no counts"))
        : CompletableFuture.completedFuture(List.of(writes));
  }

  private void later(long nanos, Runnable task) {
    waits = nanos;
    waiting.add(task);
  }

  private void defined() {
    definitions.begin();
    definitions.end();
  }

  private void isAnswered(Duration took) {
    now += took.toNanos();
    List<CompletableFuture<List<@Nullable String>>> asked = List.copyOf(open);
    open.clear();
    asked.forEach(each -> each.complete(List.of("go")));
  }

  /** Looks, and has the server take so long for it if it is asked. */
  private void look(Duration took) {
    routines.look();
    now += took.toNanos();
    open.forEach(each -> each.complete(List.of("go")));
    open.clear();
  }

  private void passes(Duration time) {
    now += time.toNanos();
  }

  /** A session that waits for the first look goes on with its findings. */
  @Test
  void theFirstLookIsOverOnceSessionsGoByIt() {
    CompletableFuture<?> first = routines.begin();
    assertThat(first).isNotDone();

    open.get(0).complete(List.of("go"));

    assertThat(first).isCompleted();
    assertThat(found).singleElement().isNotEqualTo(SwitchingCalls.UNKNOWN);
  }

  /** A database that can't be asked keeps nobody waiting. */
  @Test
  void theFirstLookIsOverWhereItFails() {
    CompletableFuture<?> first = routines.begin();

    open.get(0).completeExceptionally(new IllegalStateException("no database"));

    assertThat(first).isCompleted();
    assertThat(found).containsExactly(SwitchingCalls.NONE);
  }

  @Test
  void aLookThatTakesLongIsFollowedByRestTenTimesAsLong() {
    look(Duration.ofSeconds(4));
    look(Duration.ofSeconds(4)); // which knows of the counts
    assertThat(looks).isEqualTo(2);
    for (int i = 0; i < 3; i++) {
      passes(Duration.ofSeconds(10));
      look(Duration.ofSeconds(4));
    }
    assertThat(looks).as("within 40 seconds").isEqualTo(2);
    passes(Duration.ofSeconds(10));
    look(Duration.ofSeconds(4));
    assertThat(looks).isEqualTo(3);
  }

  @Test
  void aLookThatTakesLittleIsTakenEachTime() {
    for (int i = 0; i < 5; i++) {
      look(Duration.ofMillis(30));
      passes(Duration.ofSeconds(10));
    }
    assertThat(looks).isEqualTo(5);
  }

  @Test
  void whatIsWrittenToTheCatalogsIsLookedAtAtOnce() {
    look(Duration.ofSeconds(4));
    look(Duration.ofSeconds(4));
    writes = "8";
    passes(Duration.ofSeconds(1));
    look(Duration.ofSeconds(4));
    assertThat(looks).isEqualTo(3);
    passes(Duration.ofSeconds(1));
    look(Duration.ofSeconds(4));
    assertThat(looks).as("nothing was written since").isEqualTo(3);
  }

  @Test
  void withoutTheCountsItIsLookedAtAtOnce() {
    look(Duration.ofSeconds(4));
    countsFail = true;
    look(Duration.ofSeconds(4));
    look(Duration.ofSeconds(4));
    assertThat(looks).isEqualTo(3);
  }

  @Test
  void whatAClientDefinesIsLookedAtAtOnce() {
    look(Duration.ofMillis(30));
    passes(Duration.ofSeconds(1));

    defined();

    assertThat(looks).isEqualTo(2);
    assertThat(definitions.arePending()).isTrue();
    isAnswered(Duration.ofMillis(30));
    assertThat(definitions.arePending()).isFalse();
    assertThat(waiting).isEmpty();
  }

  /** A look that had begun may not show it. */
  @Test
  void whatIsDefinedDuringALookIsLookedAtBehindItAndARest() {
    look(Duration.ofMillis(30));
    passes(Duration.ofSeconds(1));
    defined();
    for (int i = 0; i < 1_000; i++) {
      defined();
    }
    isAnswered(Duration.ofMillis(20));
    assertThat(definitions.arePending()).isTrue();
    assertThat(looks).isEqualTo(2);
    assertThat(waits).isEqualTo(Duration.ofMillis(20).toNanos());

    passes(Duration.ofMillis(20));
    waiting.remove(0).run();
    assertThat(looks).isEqualTo(3);
    isAnswered(Duration.ofMillis(20));
    assertThat(definitions.arePending()).isFalse();
  }

  @Test
  void aLookThatFailsIsTakenAgain() {
    look(Duration.ofMillis(30));
    passes(Duration.ofSeconds(1));
    defined();
    open.remove(0).completeExceptionally(new IllegalStateException("no database"));
    assertThat(definitions.arePending()).isTrue();

    passes(Duration.ofSeconds(1));
    waiting.remove(0).run();
    isAnswered(Duration.ofMillis(30));
    assertThat(definitions.arePending()).isFalse();
  }

  /** A transaction that is open may define more before it ends. */
  @Test
  void whatAnOpenTransactionDefinesStaysUnknown() {
    definitions.begin();
    look(Duration.ofMillis(30));
    assertThat(definitions.arePending()).isTrue();
    passes(Duration.ofSeconds(1));
    definitions.end();
    isAnswered(Duration.ofMillis(30));
    assertThat(definitions.arePending()).isFalse();
  }
}
