package dev.tenantgate.migrator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaStatusTest {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

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

  private static Changelog changelog(long... versions) {
    return new Changelog(
        LongStream.of(versions).mapToObj(v -> migration(v, MigrationScope.TENANT)).toList());
  }

  private static HistoryEntry applied(long version) {
    return entry(version, "sum" + version, null);
  }

  private static HistoryEntry entry(long version, String checksum, @Nullable String failure) {
    return new HistoryEntry(
        new Version(version), "m" + version, checksum, Instant.EPOCH, 1, failure);
  }

  private static SchemaStatus status(Changelog changelog, Target target, HistoryEntry... entries) {
    return SchemaStatus.of(
        new SchemaHistory(ACME, true, Arrays.asList(entries)), changelog, target);
  }

  private static List<Long> pending(SchemaStatus status) {
    return status.pending().stream().map(migration -> migration.version().number()).toList();
  }

  private static @Nullable Long version(SchemaStatus status) {
    Version version = status.version();
    return version == null ? null : version.number();
  }

  @Test
  void isCurrentWithEverything() {
    SchemaStatus status = status(changelog(1, 2), LATEST, applied(1), applied(2));

    assertThat(status.state()).isEqualTo(SchemaState.CURRENT);
    assertThat(version(status)).isEqualTo(2);
    assertThat(status.applied()).isEqualTo(2);
    assertThat(pending(status)).isEmpty();
    assertThat(status.error()).isNull();
  }

  @Test
  void isBehindWithoutHistory() {
    SchemaStatus status = status(changelog(1, 2), LATEST);

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(version(status)).isNull();
    assertThat(pending(status)).containsExactly(1L, 2L);
  }

  @Test
  void anEmptyChangelogIsReachedAtOnce() {
    assertThat(status(changelog(), LATEST).state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void theVersionStopsAtAGap() {
    SchemaStatus status = status(changelog(1, 2, 3), LATEST, applied(1), applied(3));

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(version(status)).isEqualTo(1);
    assertThat(status.applied()).isEqualTo(2);
    assertThat(pending(status)).containsExactly(2L);
  }

  @Test
  void numbersThatNoFileHasAreNoGap() {
    SchemaStatus status = status(changelog(10, 20), LATEST, applied(10), applied(20));

    assertThat(version(status)).isEqualTo(20);
  }

  @Test
  void needsNothingAboveTheTarget() {
    Target target = new Target.UpTo(new Version(2));

    assertThat(status(changelog(1, 2, 3), target, applied(1), applied(2)).state())
        .isEqualTo(SchemaState.CURRENT);
    assertThat(pending(status(changelog(1, 2, 3), target, applied(1)))).containsExactly(2L);
    assertThat(status(changelog(1, 2, 3), target, applied(1), applied(2), applied(3)).state())
        .isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void isAheadWithMigrationsThatNobodyKnows() {
    SchemaStatus status = status(changelog(1), LATEST, applied(1), applied(9));

    assertThat(status.state()).isEqualTo(SchemaState.AHEAD);
    assertThat(version(status)).isEqualTo(9);
  }

  @Test
  void isBehindRatherThanAheadWhenBoth() {
    SchemaStatus status = status(changelog(1, 2), LATEST, applied(1), applied(9));

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(version(status)).isEqualTo(1);
  }

  @Test
  void aRecordedFailureOfTheFirstPendingOneCounts() {
    SchemaStatus status =
        status(changelog(1, 2, 3), LATEST, applied(1), entry(2, "sum2", "no such table"));

    assertThat(status.state()).isEqualTo(SchemaState.FAILED);
    assertThat(status.error()).isEqualTo("migration 2 (m2) failed: no such table");
    assertThat(status.applied()).isEqualTo(1);
    assertThat(pending(status)).containsExactly(2L, 3L);
  }

  @Test
  void aFailureOfAFileThatWasEditedSinceDoesNot() {
    SchemaStatus status = status(changelog(1), LATEST, entry(1, "before", "no such table"));

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(status.error()).isNull();
  }

  @Test
  void aFailureBehindTheFirstPendingOneDoesNot() {
    SchemaStatus status = status(changelog(1, 2), LATEST, entry(2, "sum2", "no such table"));

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
  }

  @Test
  void aFailureAboveTheTargetDoesNot() {
    SchemaStatus status =
        status(
            changelog(1, 2), new Target.UpTo(new Version(1)), applied(1), entry(2, "sum2", "no"));

    assertThat(status.state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void aChangedMigrationIsToldAndStopsOthers() {
    SchemaStatus current = status(changelog(1), LATEST, entry(1, "other", null));
    SchemaStatus behind = status(changelog(1, 2), LATEST, entry(1, "other", null));

    assertThat(current.state()).isEqualTo(SchemaState.CURRENT);
    assertThat(current.error()).contains("migration 1 (m1) was changed");
    assertThat(behind.state()).isEqualTo(SchemaState.FAILED);
    assertThat(behind.error()).contains("migration 1 (m1) was changed");
  }

  @Test
  void eachSchemaNeedsItsOwnScopeOnly() {
    Changelog changelog =
        new Changelog(
            List.of(
                migration(1, MigrationScope.PUBLIC),
                migration(2, MigrationScope.TENANT),
                migration(3, MigrationScope.BOTH)));

    assertThat(pending(status(changelog, LATEST))).containsExactly(2L, 3L);
    assertThat(
            pending(
                SchemaStatus.of(
                    new SchemaHistory(SchemaRef.PUBLIC, true, List.of()), changelog, LATEST)))
        .containsExactly(1L, 3L);
  }

  @Test
  void aSchemaThatIsMissingOrUnreadableIsUnknown() {
    SchemaStatus missing =
        SchemaStatus.of(new SchemaHistory(ACME, false, List.of()), changelog(1), LATEST);
    SchemaStatus foreign =
        SchemaStatus.of(
            new SchemaHistory(ACME, true, true, List.of(), "another tool's"), changelog(1), LATEST);

    assertThat(missing.state()).isEqualTo(SchemaState.UNKNOWN);
    assertThat(missing.error()).isEqualTo("there is no schema tenant_acme");
    assertThat(foreign.state()).isEqualTo(SchemaState.UNKNOWN);
    assertThat(foreign.error()).isEqualTo("another tool's");
  }

  @Test
  void nothingIsAskedOfAPublicSchemaWithoutMigrations() {
    SchemaHistory foreign =
        new SchemaHistory(SchemaRef.PUBLIC, true, true, List.of(), "another tool's");

    assertThat(SchemaStatus.of(foreign, changelog(1), LATEST).state())
        .isEqualTo(SchemaState.CURRENT);
  }
}
