package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.Distribution;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution as it is, with the memory that it takes by itself, and a file of 50 MB. */
class LargeFileIT {

  private static final int LINES = 1_000_000;
  private static final int INSERTS = 20_000;

  @TempDir Path folder;
  private TestDatabase database;

  @BeforeEach
  void open() throws IOException {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    try (Writer file = Files.newBufferedWriter(folder.resolve("001_large.sql"))) {
      file.write("BEGIN;\nCREATE TABLE large (id int, body text);\n");
      file.write("INSERT INTO large VALUES (0, $text$");
      for (int i = 0; i < LINES; i++) {
        file.write("a line – not Latin-1; of fifty characters or so\n");
      }
      file.write("$text$);\n");
      for (int i = 1; i <= INSERTS; i++) {
        file.write("INSERT INTO large VALUES (" + i + ", 'small');\n");
      }
      file.write("COMMIT;\n");
    }
    assertThat(Files.size(folder.resolve("001_large.sql"))).isGreaterThan(50_000_000);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void itIsApplied() throws Exception {
    Path said = folder.resolve("said.txt");
    Process process =
        Distribution.process(
                List.of(
                    "migrate",
                    "tenant",
                    "acme",
                    "--migrations",
                    folder.toString(),
                    "--database-url",
                    "postgresql://postgres@127.0.0.1:%d/%s"
                        .formatted(database.server().port(), database.name())))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(said).content().contains("tenant_acme: applied 1");
    assertThat(process.exitValue()).isZero();
    assertThat(
            database.value(
                "SELECT count(*) || ' ' || max(octet_length(body)) / 1000000 FROM"
                    + " tenant_acme.large"))
        .isEqualTo((INSERTS + 1) + " 50");
  }
}
