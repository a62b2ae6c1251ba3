package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryMark;
import dev.tenantgate.migrator.history.HistoryStatus;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaProgressTest {

  @TempDir Path folder;
  private List<Migration> migrations;

  @BeforeEach
  void write() {
    migrations =
        new TestChangelog(folder)
            .with("001_a.sql", "CREATE TABLE a ();")
            .with("002_b.sql", "CREATE TABLE b ();")
            .with("003_c.sql", "CREATE TABLE c ();")
            .changelog()
            .of(ACME);
  }

  private SchemaProgress of(HistoryEntry... entries) {
    return new SchemaProgress(
        new SchemaHistory(
            ACME,
            true,
            entries.length > 0,
            List.of(entries),
            null,
            null,
            entries.length == 0,
            null));
  }

  private HistoryEntry applied(int number) {
    return entry(number, HistoryStatus.SUCCESS, null);
  }

  private HistoryEntry entry(int number, HistoryStatus status, @Nullable String failure) {
    Migration migration = migrations.get(number - 1);
    return new HistoryEntry(
        migration.version(),
        migration.name(),
        migration.checksum(),
        Instant.EPOCH,
        1,
        status,
        failure);
  }

  private Step.Apply apply(int number) {
    return new Step.Apply(migrations.get(number - 1));
  }

  private static String row(SchemaProgress progress) {
    return progress.registryRow(Bookkeeping.CALLED);
  }

  @Test
  void appliedStepsMakeTheRegistrysRow() {
    SchemaProgress progress = of(applied(1));
    progress.done(apply(2));

    assertThat(row(progress))
        .startsWith("SELECT tenantgate.record_state('tenant_acme', 'acme', 2, 2, '")
        .contains(of(applied(1), applied(2)).digest());
    assertThat(progress.isRecorded(new Version(2))).isTrue();
    assertThat(progress.isRecorded(new Version(3))).isFalse();
  }

  @Test
  void plainBookkeepingWritesTheSameState() {
    SchemaProgress progress = of(applied(1));

    assertThat(progress.registryRow(Bookkeeping.SENT))
        .contains("INSERT INTO tenantgate.schema_state", "'tenant_acme', 'acme', 1, 1, NULL, NULL");
  }

  @Test
  void tableIsThereOnceAStepIsDone() {
    SchemaProgress progress = of();
    assertThat(progress.hasTable()).isFalse();
    assertThat(progress.isBlank()).isTrue();

    progress.done(apply(1));
    progress.noLongerBlank();

    assertThat(progress.hasTable()).isTrue();
    assertThat(progress.isBlank()).isFalse();
    SchemaProgress noted = of();
    noted.tableIsThere();
    assertThat(noted.hasTable()).isTrue();
  }

  @Test
  void failureIsClearedByItsMigrationOrByRepair() {
    SchemaProgress progress = of(applied(1), entry(2, HistoryStatus.FAILED, "no"));
    assertThat(progress.hasFailed(new Version(2))).isTrue();
    assertThat(progress.hasFailed(new Version(1))).isFalse();
    assertThat(progress.isRecorded(new Version(2))).isTrue();

    SchemaProgress again = progress.copy();
    again.done(apply(2));
    assertThat(again.hasFailed(new Version(2))).isFalse();
    assertThat(row(again)).contains(", 2, 2, '");

    progress.done(new Step.ClearFailure(new Version(2), "b", null));
    assertThat(progress.hasFailed(new Version(2))).isFalse();
    assertThat(progress.digest()).isEqualTo(of(applied(1)).digest());
  }

  @Test
  void revertedMigrationIsGone() {
    SchemaProgress progress = of(applied(1), applied(2));
    progress.done(new Step.Revert(migrations.get(1), migrations.get(1).up()));

    assertThat(row(progress)).contains(", 1, 1, '");
    assertThat(progress.digest()).isEqualTo(of(applied(1)).digest());
    assertThat(progress.isRecorded(new Version(2))).isFalse();
  }

  @Test
  void begunMigrationIsKnownWithItsProgress() {
    HistoryEntry begun =
        entry(2, HistoryStatus.APPLYING, "[2 of 3 statements are done, 0123456789abcdef]");
    SchemaProgress progress = of(applied(1), begun);

    assertThat(progress.hasBegun()).isTrue();
    SchemaProgress.Begun found = Objects.requireNonNull(progress.begun(new Version(2)));
    assertThat(found.progress().done()).isEqualTo(2);
    assertThat(found.status()).isEqualTo(HistoryStatus.APPLYING);
    assertThat(progress.begun(new Version(1))).isNull();
    SchemaProgress other = progress.copyFor(new SchemaRef("tenant_other", "other"));
    assertThat(other.hasBegun()).isTrue();
    assertThat(other.hasFailed(new Version(2))).isTrue();

    progress.done(apply(2));
    assertThat(progress.hasBegun()).isFalse();
  }

  @Test
  void copyIsForTheOtherSchemaAndChangesByItself() {
    SchemaProgress progress = of(applied(1));
    SchemaProgress other = progress.copyFor(new SchemaRef("tenant_other", "other"));
    other.done(apply(2));

    assertThat(row(other)).contains("'tenant_other', 'other', 2, 2");
    assertThat(row(progress)).contains("'tenant_acme', 'acme', 1, 1");
    assertThat(other.hasTable()).isTrue();
    assertThat(of().copy().isBlank()).isTrue();
  }

  @Test
  void failureStandsInTheRowWithTheMigrationsApplied() {
    SchemaProgress progress = of(applied(1));

    String row = progress.registryRow(migrations.get(1), "it's broken");

    assertThat(row).contains("'tenant_acme', 'acme', 1, 1, 2, 'it''s broken', '");
    assertThat(row).doesNotContain("'" + progress.digest() + "'");
    assertThat(progress.hasFailed(new Version(2))).isFalse();
  }

  @Test
  void adoptedChecksumChangesTheDigestAlone() {
    SchemaProgress progress =
        of(
            new HistoryEntry(
                new Version(1), "a", "another", Instant.EPOCH, 1, HistoryStatus.SUCCESS, null));
    String before = progress.digest();
    progress.done(new Step.AdoptChecksum(migrations.get(0)));

    assertThat(progress.digest()).isEqualTo(of(applied(1)).digest()).isNotEqualTo(before);
    assertThat(row(progress)).contains(", 1, 1, '");
  }

  @Test
  void rowsOfAGroupHaveMarksAndTokens() {
    SchemaProgress progress = of(applied(1));
    String digest = progress.digest();

    String rows =
        progress.registryRows(
            List.of(ACME, new SchemaRef("tenant_other", "other")),
            Arrays.asList(new HistoryMark(3, "file"), null),
            List.of(4L, 5L),
            "me");

    assertThat(rows)
        .contains(
            "ARRAY['tenant_acme','tenant_other']",
            "ARRAY['" + new HistoryMark(3, "file").text(digest) + "',NULL]",
            "ARRAY[4,5]",
            "'me', 1, 1, '" + digest + "', 'TG001'");
  }

  @Test
  void schemaWithoutMigrationsHasNoVersion() {
    assertThat(row(of())).contains("'acme', NULL, 0, '");
  }

  @Test
  void historyThatWasGivenBackHasNoRow() {
    SchemaProgress progress = of(applied(1));
    progress.done(
        new Step.GiveBack(
            new Adoption(
                "tenant_acme",
                "Flyway",
                "tenant_acme",
                "old",
                "old_kept",
                false,
                List.of(new Version(1)),
                Instant.EPOCH)));

    assertThat(row(progress)).contains("DELETE FROM tenantgate.schema_state");
  }

  @Test
  void checkpointTakesThePlaceOfAllThatItStandsFor() {
    SchemaProgress progress =
        of(
            entry(1, HistoryStatus.FAILED, "no"),
            entry(2, HistoryStatus.FAILED, "[1 of 3 statements are done, 0123456789abcdef]"));
    Checkpoint.Ready checkpoint =
        new Checkpoint.Ready(
            new Version(3), migrations, new SqlPart("CREATE TABLE a ();", 1, false));

    progress.done(new Step.FromCheckpoint(checkpoint, migrations.get(2)));

    assertThat(progress.digest()).isEqualTo(of(applied(1), applied(2), applied(3)).digest());
    assertThat(progress.hasFailed(new Version(1))).isFalse();
    assertThat(progress.hasBegun()).isFalse();
    assertThat(progress.hasTable()).isTrue();
    assertThat(row(progress)).contains(", 3, 3, '");
  }
}
