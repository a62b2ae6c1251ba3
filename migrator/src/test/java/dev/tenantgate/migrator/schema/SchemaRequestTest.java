package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dump that a {@link SchemaRequest} asks for. */
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
}
