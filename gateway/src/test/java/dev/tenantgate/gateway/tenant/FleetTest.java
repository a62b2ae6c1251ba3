package dev.tenantgate.gateway.tenant;

import static dev.tenantgate.gateway.testing.TestMigrations.absent;
import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static dev.tenantgate.gateway.testing.TestMigrations.upTo;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.ManualExecutor;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.Target;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FleetTest {

  private static final SchemaRef ACME = tenant("acme");
  private static final SchemaRef GLOBEX = tenant("globex");

  private final Map<String, SchemaHistory> database = new TreeMap<>();
  private final Map<String, SchemaHistory> registry = new TreeMap<>();
  private final List<SchemaRef> read = new ArrayList<>();
  private long nanosPerRead;
  private final Set<SchemaRef> migrating = new HashSet<>();
  private final List<String> changes = new ArrayList<>();
  private final ManualExecutor surveyor = new ManualExecutor();
  private @Nullable SQLException failure;
  private long now = 1;
  private final Fleet fleet =
      new Fleet(
          new Source(),
          TestMigrations.changelog(7),
          new Target.Latest(),
          surveyor,
          () -> now,
          (before, after) ->
              changes.add(
                  (before == null ? "new" : before.name().label())
                      + " > "
                      + after.name().label()
                      + " "
                      + after.schema()));

  @Test
  void aSurveyFindsWhereEverythingStands() {
    has(SchemaRef.PUBLIC, 7);
    has(ACME, 7);
    has(GLOBEX, 4);
    survey();

    FleetView view = fleet.view();
    assertThat(view.counts())
        .containsEntry(SchemaState.CURRENT, 1)
        .containsEntry(SchemaState.BEHIND, 1);
    assertThat(view.maxLag()).isEqualTo(3);
    assertThat(view.shared()).isInstanceOf(TenantState.Current.class);
    assertThat(view.tenants()).extracting(TenantState::schema).containsExactly(ACME, GLOBEX);
  }

  @Test
  void thoseWhoAskDuringASurveyShareIt() {
    CompletionStage<FleetView> first = fleet.survey();
    CompletionStage<FleetView> second = fleet.survey();
    assertThat(surveyor.waiting()).isEqualTo(1);

    surveyor.runAll();

    assertThat(first.toCompletableFuture()).isCompleted();
    assertThat(second.toCompletableFuture()).isCompleted();
  }

  @Test
  void newRulesAreSurveyedBehindASurveyUnderWay() {
    has(ACME, 7);
    CompletionStage<FleetView> old = fleet.survey();
    fleet.reconfigure(TestMigrations.changelog(8), new Target.Latest());
    CompletionStage<FleetView> anew = fleet.surveyAnew();
    surveyor.runAll();

    assertThat(old.toCompletableFuture()).isCompleted();
    assertThat(anew.toCompletableFuture().join().counts()).containsEntry(SchemaState.BEHIND, 1);
    assertThat(read).as("read twice").filteredOn(ACME::equals).hasSize(2);
  }

  @Test
  void whatIsDroppedIsForgotten() {
    has(ACME, 7);
    survey();
    database.clear();
    now++;
    survey();

    assertThat(fleet.view().tenants()).isEmpty();
  }

  @Test
  void changesAreTold() {
    has(GLOBEX, 4);
    survey();
    survey();
    fleet.migrationStarted(GLOBEX);
    now++;
    fleet.read(new HistorySnapshot(upTo(GLOBEX, 7), now));
    fleet.migrationEnded(GLOBEX);

    assertThat(changes)
        .containsExactly(
            "new > behind tenant_globex",
            "behind > migrating tenant_globex",
            "migrating > current tenant_globex");
  }

  @Test
  void anOlderReadChangesNothing() {
    fleet.read(new HistorySnapshot(upTo(ACME, 7), 100));
    fleet.read(new HistorySnapshot(upTo(ACME, 4), 50));

    assertThat(fleet.state(ACME)).isInstanceOf(TenantState.Current.class);
  }

  @Test
  void whatAnotherProcessMigratesIsMigrating() {
    has(GLOBEX, 4);
    migrating.add(GLOBEX);
    survey();
    assertThat(fleet.state(GLOBEX)).isInstanceOf(TenantState.Migrating.class);

    migrating.clear();
    now++;
    survey();
    assertThat(fleet.state(GLOBEX)).isInstanceOf(TenantState.Behind.class);
  }

  @Test
  void aFailedSurveyLeavesWhatWasKnown() {
    has(ACME, 7);
    survey();
    failure = new SQLException("refused", "08001");

    CompletionStage<FleetView> failed = fleet.survey();
    surveyor.runAll();

    assertThat(failed.toCompletableFuture()).isCompletedExceptionally();
    assertThat(fleet.view().tenants()).hasSize(1);
  }

  @Test
  void whatTheRegistryPointsToIsReadFromItsHistory() {
    has(ACME, 4);
    has(GLOBEX, 7);
    survey();
    has(ACME, 7);
    registry.put(ACME.schema(), upTo(ACME, 7));
    registry.put(GLOBEX.schema(), upTo(GLOBEX, 7));
    read.clear();

    glance();

    assertThat(read).containsExactly(SchemaRef.PUBLIC, ACME);
    assertThat(fleet.state(ACME)).isInstanceOf(TenantState.Current.class);
  }

  @Test
  void whatTheRegistryMakesUpIsNotShown() {
    has(ACME, 4);
    survey();
    registry.put(ACME.schema(), upTo(ACME, 7));
    now++;

    glance();

    assertThat(fleet.state(ACME)).isInstanceOf(TenantState.Behind.class);
  }

  @Test
  void allHistoriesAreReadEachTimeOnlyIfThatIsQuick() {
    Duration usual = Duration.ofSeconds(5);
    has(ACME, 7);
    registry.put(ACME.schema(), upTo(ACME, 7));
    registry.put("public", absent(SchemaRef.PUBLIC));
    nanosPerRead = Duration.ofMillis(1).toNanos();
    assertThat(looksAtAll(usual)).isTrue();
    assertThat(looksAtAll(usual)).isTrue();

    nanosPerRead = Duration.ofSeconds(3).toNanos();
    assertThat(looksAtAll(usual)).isTrue();
    assertThat(looksAtAll(usual)).isFalse();
    now += Duration.ofMinutes(5).toNanos();
    assertThat(looksAtAll(usual)).isTrue();
  }

  private boolean looksAtAll(Duration usual) {
    read.clear();
    CompletionStage<FleetView> look = fleet.lookAgain(usual);
    surveyor.runAll();
    assertThat(look.toCompletableFuture()).isCompleted();
    return read.contains(ACME);
  }

  private void glance() {
    CompletionStage<FleetView> glance = fleet.glance();
    surveyor.runAll();
    assertThat(glance.toCompletableFuture()).isCompleted();
  }

  private void has(SchemaRef schema, int last) {
    database.put(schema.schema(), upTo(schema, last));
  }

  private void survey() {
    CompletionStage<FleetView> survey = fleet.survey();
    surveyor.runAll();
    assertThat(survey.toCompletableFuture()).isCompleted();
  }

  private final class Source implements FleetSource {
    @Override
    public List<SchemaRef> tenants() throws SQLException {
      if (failure != null) {
        throw failure;
      }
      return database.values().stream()
          .map(SchemaHistory::schema)
          .filter(schema -> !schema.isPublic())
          .toList();
    }

    @Override
    public Set<SchemaRef> migrating() {
      return Set.copyOf(migrating);
    }

    @Override
    public void registered(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer) {
      schemas.forEach(
          schema -> consumer.accept(registry.getOrDefault(schema.schema(), absent(schema))));
    }

    @Override
    public List<SchemaHistory> histories(List<SchemaRef> schemas) {
      read.addAll(schemas);
      now += nanosPerRead;
      return schemas.stream()
          .map(schema -> database.getOrDefault(schema.schema(), absent(schema)))
          .toList();
    }
  }
}
