package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.testing.Distribution;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of the distribution that migrate the same tenants at once, and are killed. A migration
 * that inserts a row shows whether it was applied twice; one of two statements, whether it was
 * applied by half. The trial in full, 1,000 tenants and 20 kills, takes some minutes: {@code
 * -Dtenantgate.trial=full}.
 */
class ExactlyOnceIT {

  private static final boolean FULL = "full".equals(System.getProperty("tenantgate.trial"));
  private static final int TENANTS = FULL ? 1_000 : 40;
  private static final int KILLS = FULL ? 20 : 2;
  private static final Duration LIMIT = Duration.ofMinutes(FULL ? 5 : 1);

  /** One line for each schema where history and tables don't agree. */
  private static final String WRONG =
      """
      CREATE FUNCTION public.wrong() RETURNS SETOF text LANGUAGE plpgsql AS $$
      DECLARE s text; applied text; marked text; indexed bool;
      BEGIN
        FOR s IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant\\_%' LOOP
          applied := ''; marked := '';
          IF to_regclass(s || '.schema_migrations') IS NOT NULL THEN
            EXECUTE format('SELECT coalesce(string_agg(version::text, '' '' ORDER BY version), '''')
              FROM %I.schema_migrations WHERE status = ''success''', s) INTO applied;
          END IF;
          IF to_regclass(s || '.marks') IS NOT NULL THEN
            EXECUTE format('SELECT ''1'' || coalesce(string_agg('' '' || n, '''' ORDER BY n), '''')
              FROM %I.marks', s) INTO marked;
          END IF;
          indexed := to_regclass(s || '.marks_n') IS NOT NULL;
          IF applied <> marked OR indexed <> (applied LIKE '%3') THEN
            RETURN NEXT format('%s: history %s, marks %s, index %s', s, applied, marked, indexed);
          END IF;
        END LOOP;
      END $$
      """;

  @TempDir Path folder;
  TestDatabase database;
  final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    database.execute(WRONG);
    for (int from = 1; from <= TENANTS; from += 500) {
      database.execute(
          "DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE format('CREATE SCHEMA tenant_t%%s', i);"
                  .formatted(from, Math.min(from + 499, TENANTS))
              + " END LOOP; END $$");
    }
    var unused =
        new TestChangelog(folder.resolve("migrations"))
            .with("00001_marks.sql", "CREATE TABLE marks (n int);")
            .with("00002_mark.sql", "INSERT INTO marks VALUES (2);")
            .with(
                "00003_mark.sql",
                "INSERT INTO marks VALUES (3);\nCREATE INDEX marks_n ON marks (n);");
  }

  @AfterEach
  void close() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    database.close();
  }

  /** Nobody kills it, so it runs in this process. */
  private Ran run(String... options) {
    return Ran.command(command(options).toArray(new String[0]));
  }

  private List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of("migrate", "all"));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "--database-url",
            Ran.url(database),
            "--migrations",
            folder.resolve("migrations").toString(),
            "--set",
            "migrations.lease-timeout=1s"));
    return command;
  }

  private Process start() throws IOException {
    Path log = folder.resolve("process-%d.log".formatted(processes.size()));
    Process process =
        Distribution.process(command())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    processes.add(process);
    return process;
  }

  private int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (int i = 0; i < processes.size(); i++) {
      logs.append(Files.readString(folder.resolve("process-%d.log".formatted(i))));
    }
    return logs.toString();
  }

  private int begun() {
    return Integer.parseInt(
        String.valueOf(database.value("SELECT count(*) FROM pg_tables WHERE tablename = 'marks'")));
  }

  private int done() {
    return Integer.parseInt(
        String.valueOf(
            database.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'marks_n'")));
  }

  private void startAgain() {
    for (int i = 1; i <= TENANTS; i++) {
      database.execute(
          "DROP TABLE IF EXISTS tenant_t%1$d.marks, tenant_t%1$d.schema_migrations".formatted(i));
    }
  }

  @Test
  void twoProcessesAtOnceApplyEachMigrationOnce() throws Exception {
    Process one = start();
    Ran other = run();

    assertThat(List.of(end(one), other.exit())).as(logs() + other).containsExactly(0, 0);

    assertThat(database.column("SELECT wrong()")).isEmpty();
    assertThat(done()).isEqualTo(TENANTS);
  }

  @Test
  void aProcessThatIsKilledLeavesNothingHalfDoneAndTheNextFinishes() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      startAgain();
      int moment = random.nextInt(TENANTS * 3 / 4);
      Process survivor = kill % 2 == 0 ? null : start();
      Process killed = start();
      await().atMost(LIMIT).until(() -> begun() >= moment || !killed.isAlive());

      killed.destroyForcibly().waitFor();

      assertThat(database.column("SELECT wrong()")).as("seed %d", seed).isEmpty();
      int next = survivor == null ? run("--resume").exit() : end(survivor);
      assertThat(next).as("seed %d, %s", seed, logs()).isZero();
      assertThat(database.column("SELECT wrong()")).as("seed %d", seed).isEmpty();
      assertThat(done()).as("seed %d", seed).isEqualTo(TENANTS);
    }
  }

  @Test
  void aSignalEndsARunThatIsGoneOnWith() throws Exception {
    Process stopped = start();
    await().atMost(LIMIT).until(() -> begun() >= TENANTS / 10);

    stopped.destroy();
    int exit = end(stopped);

    if (done() < TENANTS) {
      assertThat(exit).as(logs()).isEqualTo(1);
      assertThat(logs()).contains("the same command with --resume goes on");
    }
    assertThat(database.column("SELECT 1 FROM tenantgate.lease WHERE holder IS NOT NULL"))
        .isEmpty();
    assertThat(run("--resume").exit()).isZero();
    assertThat(database.column("SELECT wrong()")).isEmpty();
    assertThat(done()).isEqualTo(TENANTS);
  }
}
