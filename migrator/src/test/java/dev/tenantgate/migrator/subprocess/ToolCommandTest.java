package dev.tenantgate.migrator.subprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.migrator.SchemaRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that run other tools, and how they end. */
class ToolCommandTest {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  @TempDir Path folder;

  private static ToolCommand.Ended run(String script) {
    return run(Duration.ofSeconds(20), () -> true, "/bin/sh", "-c", script);
  }

  private static ToolCommand.Ended run(
      Duration timeout, ToolCommand.GoesOn goesOn, String... command) {
    return new ToolCommand(List.of(command), Map.of("TENANTGATE_SCHEMA", "tenant_acme"), timeout)
        .run(new CommandOutput(List.of("s3cret")), goesOn);
  }

  private static boolean isRunning(Path pidFile) throws Exception {
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    Path stat = Path.of("/proc/" + pid + "/stat");
    // One that has ended and isn't waited for by its new parent yet runs no more.
    return Files.exists(stat) && !Files.readString(stat).matches("(?s)\\d+ \\(.*\\) Z .*");
  }

  @Test
  void oneThatSucceedsHasItsEnvironmentAndNoInput() {
    ToolCommand.Ended ended = run("cat; echo \"$TENANTGATE_SCHEMA $PGOPTIONS.\"");

    assertThat(ended.failure()).isNull();
    assertThat(ended.said()).isEqualTo("tenant_acme .");
  }

  @Test
  void oneThatFailsTellsItsCodeAndItsLastLines() {
    ToolCommand.Ended ended =
        run("seq 1 100; printf '\\033[31mno table s3cret\\033[0m\\n' >&2; exit 3");

    assertThat(ended.failure()).isEqualTo("the command ended with 3");
    assertThat(ended.said()).startsWith("90 | 91").endsWith("100 | no table ***");
  }

  @Test
  void oneThatIsNotThereIsToldByName() {
    assertThat(run(Duration.ofSeconds(5), () -> true, "/no/such/tool", "x").said())
        .contains("/no/such/tool");
    assertThat(run(Duration.ofSeconds(5), () -> true, "/no/such/tool", "x").failure())
        .contains("127");
  }

  @Test
  void oneThatIsKilledTellsTheSignal() {
    assertThat(run("kill -9 $$").failure()).isEqualTo("the command was killed by signal 9");
  }

  @Test
  void muchOutputIsReadToItsEndAndHardlyKept() {
    ToolCommand.Ended ended = run("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo the end");

    assertThat(ended.failure()).isNull();
    assertThat(ended.said()).endsWith("x | the end").hasSizeLessThan(1_100);
  }

  @Test
  void oneThatHangsIsEndedWithAllThatItStarted() throws Exception {
    Path child = folder.resolve("child");
    ToolCommand.Ended ended =
        run(
            Duration.ofMillis(300),
            () -> true,
            "/bin/sh",
            "-c",
            "trap '' TERM; (trap '' TERM; sh -c 'echo $PPID' > %s; sleep 100; sleep 100) & echo on; wait; sleep 100"
                .formatted(child));

    assertThat(ended.failure())
        .isEqualTo("the command was ended after 0.3 s (migrations.command-timeout)");
    assertThat(ended.said()).isEqualTo("on");
    await().until(() -> !isRunning(child));
  }

  @Test
  void oneThatMustNotGoOnIsEndedAtOnce() throws Exception {
    AtomicBoolean goesOn = new AtomicBoolean(true);
    Path child = folder.resolve("child");
    ToolCommand.Ended ended =
        run(
            Duration.ofDays(1),
            () -> goesOn.getAndSet(false),
            "/bin/sh",
            "-c",
            "sh -c 'echo $PPID' > %s; sleep 10000".formatted(child));

    assertThat(ended.stopped()).isTrue();
    await().until(() -> !isRunning(child));
  }

  @Test
  void connectionDataIsInTheEnvironment() {
    DatabaseSettings database =
        new DatabaseSettings(
            "db",
            5433,
            "my app",
            "own er",
            "p@ss/w",
            "require",
            null,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            10,
            Duration.ofSeconds(10));

    Map<String, String> environment = CommandEnvironment.of(database, ACME, "7");

    assertThat(environment)
        .containsEntry("TENANTGATE_TENANT", "acme")
        .containsEntry("TENANTGATE_SCHEMA", "tenant_acme")
        .containsEntry("TENANTGATE_REQUIRED", "7")
        .containsEntry("PGHOST", "db")
        .containsEntry("PGPORT", "5433")
        .containsEntry("PGPASSWORD", "p@ss/w")
        .containsEntry("PGOPTIONS", "-c search_path=\"tenant_acme\",public")
        .containsEntry(
            "TENANTGATE_URL",
            "postgresql://own%20er:p%40ss%2Fw@db:5433/my%20app?application_name=tenantgate-command&sslmode=require")
        .containsEntry(
            "TENANTGATE_JDBC_URL",
            "jdbc:postgresql://db:5433/my%20app?currentSchema=tenant_acme&sslmode=require");
    assertThat(CommandEnvironment.of(database, SchemaRef.PUBLIC, "7"))
        .containsEntry("TENANTGATE_TENANT", "")
        .containsEntry("PGOPTIONS", "-c search_path=\"public\"");
  }

  /** Some drivers take it for an order. */
  @Test
  void theDefaultOfTlsIsNotSaid() {
    DatabaseSettings database =
        new DatabaseSettings(
            "db",
            5432,
            "app",
            "owner",
            null,
            "prefer",
            null,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            10,
            Duration.ofSeconds(10));

    assertThat(CommandEnvironment.of(database, ACME, "7"))
        .doesNotContainKey("PGSSLMODE")
        .containsEntry(
            "TENANTGATE_URL", "postgresql://owner@db:5432/app?application_name=tenantgate-command")
        .containsEntry(
            "TENANTGATE_JDBC_URL", "jdbc:postgresql://db:5432/app?currentSchema=tenant_acme");
  }
}
