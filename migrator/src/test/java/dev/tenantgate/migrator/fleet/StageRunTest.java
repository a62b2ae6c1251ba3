package dev.tenantgate.migrator.fleet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The order in which schemas are begun; no schema is migrated. */
class StageRunTest {

  private final Map<SchemaRef, CompletableFuture<SchemaOutcome>> running = new LinkedHashMap<>();
  private final Map<SchemaRef, Runnable> pauses = new LinkedHashMap<>();
  private final List<SchemaRef> cancelled = new ArrayList<>();
  private final List<SchemaOutcome> outcomes = new ArrayList<>();
  private boolean goesOn = true;

  private static List<SchemaRef> schemas(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new SchemaRef("tenant_" + i, Integer.toString(i)))
        .toList();
  }

  private StageRun stage(List<SchemaRef> schemas) {
    return new StageRun(this::begin, StageRun.Groups.NONE, schemas, () -> goesOn, outcomes::add);
  }

  private StageRun.Begun begin(SchemaRef schema, Runnable firstPause) {
    CompletableFuture<SchemaOutcome> outcome = new CompletableFuture<>();
    running.put(schema, outcome);
    pauses.put(schema, firstPause);
    return new StageRun.Begun(outcome, () -> cancelled.add(schema));
  }

  private void complete(SchemaRef schema) {
    requireNonNull(running.get(schema)).complete(new SchemaOutcome.UpToDate(schema));
  }

  private void pause(SchemaRef schema) {
    requireNonNull(pauses.get(schema)).run();
  }

  private void end(SchemaRef schema) {
    complete(schema);
    pause(schema);
  }

  @Test
  void asManyAreOnTheirWayAsThereAreLanes() {
    List<SchemaRef> schemas = schemas(5);
    CompletableFuture<List<SchemaRef>> result = stage(schemas).run(2);
    assertThat(running.keySet()).containsExactlyElementsOf(schemas.subList(0, 2));

    end(schemas.get(1));
    assertThat(running.keySet()).containsExactlyElementsOf(schemas.subList(0, 3));

    List.of(0, 2, 3, 4).forEach(i -> end(schemas.get(i)));
    assertThat(result).isCompletedWithValue(List.of());
    assertThat(outcomes).hasSize(5);
  }

  @Test
  void oneThatWaitsGivesItsPlaceToTheNext() {
    List<SchemaRef> schemas = schemas(2);
    CompletableFuture<List<SchemaRef>> result = stage(schemas).run(1);

    pause(schemas.get(0));

    assertThat(running).hasSize(2);
    end(schemas.get(1));
    assertThat(result).isNotDone();
    complete(schemas.get(0));
    assertThat(result).isCompletedWithValue(List.of());
  }

  @Test
  void onceItDoesNotGoOnThoseOnTheirWayEnd() {
    List<SchemaRef> schemas = schemas(4);
    CompletableFuture<List<SchemaRef>> result = stage(schemas).run(2);

    goesOn = false;
    end(schemas.get(0));
    assertThat(result).isNotDone();
    end(schemas.get(1));

    assertThat(result).isCompletedWithValue(schemas.subList(2, 4));
    assertThat(cancelled).isEmpty();
  }

  @Test
  void cancellingReachesThoseOnTheirWay() {
    List<SchemaRef> schemas = schemas(3);
    StageRun stage = stage(schemas);
    CompletableFuture<List<SchemaRef>> result = stage.run(1);

    stage.cancel();
    assertThat(cancelled).containsExactly(schemas.get(0));
    end(schemas.get(0));

    assertThat(result).isCompletedWithValue(schemas.subList(1, 3));
  }

  @Test
  void tensOfThousandsThatEndAtOnceNeedNoStack() {
    List<SchemaRef> schemas = schemas(50_000);
    StageRun stage =
        new StageRun(
            (schema, firstPause) -> {
              firstPause.run();
              return new StageRun.Begun(
                  CompletableFuture.completedFuture(new SchemaOutcome.UpToDate(schema)), () -> {});
            },
            StageRun.Groups.NONE,
            schemas,
            () -> true,
            outcomes::add);

    assertThat(stage.run(4)).isCompletedWithValue(List.of());
    assertThat(outcomes).hasSize(50_000);
  }

  /** Any two schemas may be taken together. */
  private final class Pairs implements StageRun.Groups {
    private final Map<List<SchemaRef>, CompletableFuture<List<SchemaOutcome>>> begun =
        new LinkedHashMap<>();

    @Override
    public int sizeFrom(SchemaRef first) {
      return 2;
    }

    @Override
    public boolean together(SchemaRef first, SchemaRef other) {
      return true;
    }

    @Override
    public StageRun.BegunGroup begin(List<SchemaRef> schemas) {
      CompletableFuture<List<SchemaOutcome>> outcomes = new CompletableFuture<>();
      begun.put(schemas, outcomes);
      return new StageRun.BegunGroup(outcomes, () -> cancelled.addAll(schemas));
    }

    private void end(List<SchemaRef> schemas, List<SchemaRef> done) {
      requireNonNull(begun.get(schemas))
          .complete(
              done.stream().map(each -> (SchemaOutcome) new SchemaOutcome.UpToDate(each)).toList());
    }
  }

  @Test
  void thoseOfAGroupWithoutAnOutcomeAreNextByThemselves() {
    List<SchemaRef> schemas = schemas(6);
    Pairs pairs = new Pairs();
    CompletableFuture<List<SchemaRef>> result =
        new StageRun(this::begin, pairs, schemas, () -> goesOn, outcomes::add).run(1);
    assertThat(pairs.begun.keySet()).containsExactly(schemas.subList(0, 2));

    pairs.end(schemas.subList(0, 2), schemas.subList(0, 1));
    assertThat(running.keySet()).containsExactly(schemas.get(1));
    end(schemas.get(1));
    assertThat(pairs.begun).containsKey(schemas.subList(2, 4));
    pairs.end(schemas.subList(2, 4), schemas.subList(2, 4));
    // Too few schemas are left for groups to be worth it.
    end(schemas.get(4));
    end(schemas.get(5));

    assertThat(result).isCompletedWithValue(List.of());
    assertThat(outcomes).extracting(SchemaOutcome::schema).containsExactlyElementsOf(schemas);
  }

  @Test
  void cancellingReachesAGroup() {
    List<SchemaRef> schemas = schemas(6);
    Pairs pairs = new Pairs();
    StageRun stage = new StageRun(this::begin, pairs, schemas, () -> goesOn, outcomes::add);
    CompletableFuture<List<SchemaRef>> result = stage.run(1);

    stage.cancel();
    assertThat(cancelled).containsExactlyElementsOf(schemas.subList(0, 2));
    assertThat(result).isNotDone();
    pairs.end(schemas.subList(0, 2), List.of());

    assertThat(result).isCompletedWithValue(schemas);
  }
}
