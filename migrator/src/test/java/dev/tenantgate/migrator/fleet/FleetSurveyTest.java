package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.ObservedHistory;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FleetSurveyTest {

  private static final Changelog CHANGELOG =
      new Changelog(
          List.of(
              migration(1, MigrationScope.BOTH),
              migration(2, MigrationScope.TENANT),
              migration(3, MigrationScope.TENANT)));

  private static final List<HistoryEntry> FIRST = List.of(entry(1, null));
  private static final List<HistoryEntry> ALL =
      List.of(entry(1, null), entry(2, null), entry(3, null));

  private final List<SchemaOutcome> settled = new ArrayList<>();
  private final FleetRequest request =
      new FleetRequest(CHANGELOG, new FleetScope.All(), new Goal.Up(new Target.Latest()));

  private static Migration migration(long version, MigrationScope scope) {
    return new Migration(
        new Version(version),
        "m" + version,
        scope,
        "",
        new SqlPart("SELECT 1;", 1, false),
        null,
        "sum" + version,
        Path.of(version + "_m" + version + ".sql"));
  }

  private static HistoryEntry entry(long version, @Nullable String failure) {
    return new HistoryEntry(
        new Version(version), "m" + version, "sum" + version, Instant.EPOCH, 1, failure);
  }

  private FleetSurvey survey(FleetRequest about, @Nullable Instant resumedRunBegan) {
    FleetSurvey survey = new FleetSurvey(about, settled::add, resumedRunBegan);
    survey.leases(Map.of("tenant_b", 7L, "tenant_c", -1L));
    return survey;
  }

  private static SchemaRef tenant(String name) {
    return new SchemaRef("tenant_" + name, name);
  }

  private static SchemaHistory history(SchemaRef schema, List<HistoryEntry> entries) {
    return new SchemaHistory(schema, true, true, entries, null);
  }

  private static ObservedHistory.Ahead ahead(FleetSurvey survey, String tenant) {
    return Objects.requireNonNull(survey.seen(tenant(tenant)).ahead());
  }

  @Test
  void schemasThatShareAHistoryEachHaveTheirOwnLease() {
    FleetSurvey survey = survey(request, null);

    for (String name : List.of("a", "b", "c")) {
      assertThat(survey.take(history(tenant(name), FIRST), false)).isTrue();
    }

    assertThat(survey.pending()).containsExactly(tenant("a"), tenant("b"), tenant("c"));
    ObservedHistory.Ahead a = ahead(survey, "a");
    ObservedHistory.Ahead b = ahead(survey, "b");
    assertThat(a.token()).isZero();
    assertThat(b.token()).isEqualTo(7L);
    assertThat(a.work()).isSameAs(b.work());
    assertThat(a.work().steps()).hasSize(2);
    assertThat(survey.seen(tenant("c")).ahead()).as("somebody has its lease").isNull();
    assertThat(survey.seen(tenant("c")).table()).isEqualTo(ObservedHistory.Table.THERE);
  }

  @Test
  void schemasThatShareACompleteHistoryAreAllUpToDate() {
    FleetSurvey survey = survey(request, null);

    survey.take(history(tenant("a"), ALL), false);
    survey.take(history(tenant("b"), ALL), false);

    assertThat(survey.pending()).isEmpty();
    assertThat(settled)
        .containsExactly(
            new SchemaOutcome.UpToDate(tenant("a")), new SchemaOutcome.UpToDate(tenant("b")));
  }

  @Test
  void publicIsJudgedByItsOwnMigrations() {
    FleetSurvey survey = survey(request, null);

    boolean tenantIsTried = survey.take(history(tenant("a"), FIRST), false);
    boolean publicIsTried = survey.take(history(SchemaRef.PUBLIC, FIRST), false);

    assertThat(tenantIsTried).isTrue();
    assertThat(publicIsTried).isFalse();
    assertThat(settled).containsExactly(new SchemaOutcome.UpToDate(SchemaRef.PUBLIC));
  }

  @Test
  void withoutEntriesItMattersWhetherThereIsATable() {
    FleetSurvey survey = survey(request, null);

    survey.take(new SchemaHistory(tenant("a"), true, false, List.of(), null), false);
    survey.take(new SchemaHistory(tenant("b"), true, true, List.of(), null), false);
    survey.take(new SchemaHistory(tenant("d"), true, true, List.of(), "another tool's"), false);

    ObservedHistory.Ahead a = ahead(survey, "a");
    ObservedHistory.Ahead b = ahead(survey, "b");
    assertThat(a.work().progress().hasTable()).isFalse();
    assertThat(b.work().progress().hasTable()).isTrue();
    assertThat(survey.seen(tenant("d"))).isEqualTo(ObservedHistory.NONE);
  }

  @Test
  void failuresNameTheirOwnSchema() {
    List<HistoryEntry> failed = List.of(entry(1, null), entry(2, "division by zero"));
    FleetSurvey survey = survey(request.withoutFailed(), null);

    survey.take(history(tenant("a"), failed), false);
    survey.take(history(tenant("b"), failed), false);

    assertThat(survey.failed()).containsExactly(tenant("a"), tenant("b"));
    assertThat(settled).extracting(SchemaOutcome::schema).containsExactly(tenant("a"), tenant("b"));
  }

  @Test
  void whatMustSucceedIsTriedAgainInAResumedRun() {
    List<HistoryEntry> failed = List.of(entry(1, null), entry(2, "division by zero"));
    FleetSurvey survey = survey(request, Instant.EPOCH);

    boolean canary = survey.take(history(tenant("a"), failed), true);
    boolean other = survey.take(history(tenant("b"), failed), false);

    assertThat(canary).isTrue();
    assertThat(other).isFalse();
  }

  @Test
  void moreKindsThanAreRememberedAreJudgedAllTheSame() {
    FleetSurvey survey = survey(request, null);

    for (int i = 0; i < 40; i++) {
      SchemaRef schema = tenant("n" + i);
      List<HistoryEntry> own = i % 2 == 0 ? List.of(entry(1, null)) : ALL;
      assertThat(survey.take(history(schema, own), false)).isEqualTo(i % 2 == 0);
    }

    assertThat(survey.pending()).hasSize(20);
  }
}
