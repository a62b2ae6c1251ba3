package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.plan.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dump that a {@link SchemaRequest} asks for, and the checkpoint that it begins with. */
class SchemaRequestTest {

  private static final SchemaHistory HISTORY = SchemaHistory.noTable(ACME);

  @TempDir Path folder;
  private ScriptedSchema schema;
  private Step apply;
  private Step baseline;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder.resolve("migrations"));
    schema.with("001_a.sql", "CREATE TABLE a ();");
    Migration migration = schema.files.changelog().of(ACME).get(0);
    apply = new Step.Apply(migration);
    baseline = new Step.Baseline(migration);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private SchemaRequest dumpedBy(String program) {
    schema.backup =
        new BackupSettings(folder.resolve("dumps"), BackupSettings.Format.CUSTOM, program);
    return schema.run().request();
  }

  private long dumps() throws IOException {
    if (!Files.exists(folder.resolve("dumps"))) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder.resolve("dumps"))) {
      return files.count();
    }
  }

  @Test
  void dumpIsMadeOnce() throws Exception {
    SchemaRequest request = dumpedBy("/bin/true");
    assertThat(request.isToBeBackedUp()).isTrue();

    assertThat(request.backUp(HISTORY, List.of(apply))).isNull();
    assertThat(request.backUp(HISTORY, List.of(apply))).isNull();

    assertThat(request.isToBeBackedUp()).isFalse();
    assertThat(dumps()).isEqualTo(1);
  }

  @Test
  void dumpThatFailsIsStillToBeMade() throws Exception {
    SchemaRequest request = dumpedBy("/bin/false");

    assertThat(request.backUp(HISTORY, List.of(apply))).contains("no backup could be made");

    assertThat(request.isToBeBackedUp()).isTrue();
    assertThat(request.backUp(HISTORY, List.of(apply))).contains("no backup could be made");
    assertThat(dumps()).isZero();
  }

  @Test
  void nothingIsDumpedBeforeStepsThatOnlyRecord() throws Exception {
    SchemaRequest request = dumpedBy("/bin/true");

    assertThat(request.backUp(HISTORY, List.of(baseline))).isNull();
    assertThat(request.isToBeBackedUp()).isTrue();
    assertThat(dumps()).isZero();

    assertThat(request.backUp(HISTORY, List.of(baseline, apply))).isNull();
    assertThat(dumps()).isEqualTo(1);
  }

  @Test
  void nothingIsDumpedUnlessItIsAskedFor() {
    SchemaRequest request = schema.run().request();

    assertThat(request.isToBeBackedUp()).isFalse();
    assertThat(request.backUp(HISTORY, List.of(apply))).isNull();
  }

  private static void migrated(SchemaOutcome outcome) {
    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  /** A changelog whose checkpoint is read, which another tenant's schema would be copied from. */
  private Changelog withCheckpoint() {
    Changelog changelog = schema.files.changelog();
    List<Migration> covered = changelog.of(ACME);
    SqlPart part = new SqlPart("CREATE TABLE of_checkpoint ();", 1, false);
    schema.checkpoints =
        (asked, session) ->
            asked.withCheckpoint(new Checkpoint.Ready(new Version(1), covered, part));
    return changelog.withCheckpoint(
        new Checkpoint.Template(new Version(1), covered, "template", "schema_migrations"));
  }

  private SchemaOutcome run(Changelog changelog, Goal goal) throws Exception {
    return ScriptedSchema.outcome(
        SchemaRun.alone(schema.context(), changelog, ACME, goal, MigrationListener.NONE));
  }

  @Test
  void emptySchemaBeginsWithTheCheckpoint() throws Exception {
    schema.tableThere = false;

    migrated(run(withCheckpoint(), new Goal.Up(new Target.Latest())));

    assertThat(schema.message("CREATE TABLE of_checkpoint")).doesNotContain("CREATE TABLE a ");
  }

  @Test
  void schemaWithAHistoryAndOtherGoalsNeedNoCheckpoint() throws Exception {
    Changelog changelog = withCheckpoint();
    schema.checkpoints =
        (asked, session) -> {
          throw new IllegalStateException("nobody has asked for it");
        };
    schema.tableThere = false;
    SchemaOutcome recorded = run(changelog, new Goal.Baseline(new Version(1)));
    assertThat(recorded).isInstanceOf(SchemaOutcome.Recorded.class);
    schema.with("002_b.sql", "CREATE TABLE b ();");
    Changelog longer = schema.files.changelog().withCheckpoint(changelog.checkpoint());

    migrated(run(longer, new Goal.Up(new Target.Latest())));

    assertThat(schema.server.sent("CREATE TABLE b")).hasSize(1);
  }

  @Test
  void wayUpIsToldFromTheWayDown() {
    assertThat(schema.run().request().isUp()).isTrue();
    assertThat(schema.run(new Goal.Down(null)).request().isUp()).isFalse();
  }
}
