package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigCommandTest {

  private static final String URL = "--database-url=postgresql://owner:hunter2@db/app";

  private static final String FREE_PORTS =
      "listen:\n  address: 127.0.0.1:0\nadmin:\n  address: 127.0.0.1:0\n";

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Tenantgate.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }

  private Path yaml(String text) throws IOException {
    return Files.writeString(folder.resolve("tenantgate.yaml"), text);
  }

  @Test
  void printShowsEverySettingWithItsOriginAndNoSecret() throws Exception {
    Path file = yaml("gate:\n  hold-timeout: 5s\n");

    int exit = run("config", "print", "--config", file.toString(), URL, "--migrations=/a");

    assertThat(exit).isEqualTo(ExitCode.DONE);
    assertThat(out.toString())
        .doesNotContain("hunter2")
        .containsPattern("(?m)^gate.hold-timeout +5s +" + file + ":2$")
        .containsPattern("(?m)^gate.policy +hold +default$")
        .containsPattern("(?m)^migrations.locations +\\[/a] +command line$")
        .containsPattern("(?m)^database.password +\\*+ +command line \\(in database.url\\)$");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void printSpeaksJson() throws Exception {
    int exit = run("config", "print", "--output", "json", "--set", "gate.max-held=7", URL);

    assertThat(exit).isEqualTo(ExitCode.DONE);
    JsonNode settings = new ObjectMapper().readTree(out.toString()).get("settings");
    JsonNode maxHeld =
        StreamSupport.stream(settings.spliterator(), false)
            .filter(setting -> setting.get("key").asText().equals("gate.max-held"))
            .findFirst()
            .orElseThrow();
    assertThat(maxHeld.get("value").asText()).isEqualTo("7");
    assertThat(maxHeld.get("origin").asText()).isEqualTo("command line");
    assertThat(out.toString()).doesNotContain("hunter2");
  }

  @Test
  void referenceIsPrintedWithoutAnyDatabaseOrFile() throws Exception {
    assertThat(run("config", "reference")).isEqualTo(ExitCode.DONE);

    assertThat(out.toString()).isEqualTo(Files.readString(Path.of("../config/REFERENCE.md")));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void referenceSpeaksJson() throws Exception {
    assertThat(run("config", "reference", "--output=json")).isEqualTo(ExitCode.DONE);

    JsonNode first = new ObjectMapper().readTree(out.toString()).get("settings").get(0);
    assertThat(first.get("key").asText()).isEqualTo("listen.address");
    assertThat(first.get("variable").asText()).isEqualTo("TENANTGATE_LISTEN_ADDRESS");
    assertThat(first.get("default_value").asText()).isEqualTo("0.0.0.0:6432");
    assertThat(first.get("reload").asText()).isEqualTo("needs a restart");
  }

  @Test
  void checkAcceptsWhatServeWouldServeWith() throws Exception {
    Path file = yaml(FREE_PORTS + "gate:\n  hold-timeout: 5s\n");
    migration("001_a.sql", "CREATE TABLE a ();");

    assertThat(run("config", "check", "--config", file.toString(), URL)).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).isEqualToIgnoringNewLines("The settings are valid: " + file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen.tls.mode=allow",
        "migrations.checkpoint.version=7",
        "auth.method=scram-sha-256",
        "pool.mode=transaction",
        "gate.required-tag=v1"
      })
  void checkTellsOfWhatCannotBeTogetherAndOfAllElse(String setting) {
    int exit = run("config", "check", URL, "--set", setting, "--set=gate.max-held=x");

    assertThat(exit).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(setting.substring(0, setting.indexOf('=')) + ": ")
        .contains("gate.max-held: must be");
  }

  private void migration(String name, String sql) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve("migrations")).resolve(name), sql);
  }

  @Test
  void checkFindsAllThatWouldStopServe() throws Exception {
    Path certificate = Files.writeString(folder.resolve("tls.crt"), "no certificate");
    Path key = Files.writeString(folder.resolve("tls.key"), "no key");
    migration("001_a.sql", "COMMIT;");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file =
          yaml(
              "listen:\n  address: 127.0.0.1:%d\n  tls:\n    mode: allow\n    certificate: %s\n"
                      .formatted(taken.getLocalPort(), certificate)
                  + "    key: %s\nadmin:\n  address: 127.0.0.1:0\n".formatted(key));

      assertThat(run("config", "check", "--config", file.toString(), URL))
          .isEqualTo(ExitCode.USAGE);
    }
    assertThat(err.toString())
        .contains("listen.tls", "listen.address", "can't listen on", "001_a.sql");
    assertThat(run("config", "check", "--set", "admin.address=127.0.0.1:0", URL, "--migrations=/a"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("migrations.locations: there is no folder /a");
  }

  @Test
  void aWrongValueDoesNotHideFilesAndPorts() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file =
          yaml(
              """
              gate:
                policy: foo
              listen:
                address: 127.0.0.1:%d
              admin:
                address: nonsense
              auth:
                method: scram-sha-256
                user-list: missing.txt
              """
                  .formatted(taken.getLocalPort()));

      assertThat(run("config", "check", "--config", file.toString())).isEqualTo(ExitCode.USAGE);
    }
    assertThat(err.toString())
        .contains("gate.policy: must be one of", "admin.address: must be", "database.url: must be")
        .contains("listen.address: can't listen on", "missing.txt", "there is no folder")
        .doesNotContain("localhost");
  }

  @Test
  void checkWarnsOfAVersionThatNoMigrationHas() throws Exception {
    Files.writeString(folder.resolve("001_a.sql"), "SELECT 1;");

    run(
        "config",
        "check",
        URL,
        "--migrations=" + folder,
        "--set=listen.address=127.0.0.1:0",
        "--set=admin.address=127.0.0.1:0",
        "--set=gate.required=99");

    assertThat(err.toString()).contains("gate.required: there is no migration 99");
  }

  @Test
  void checkNamesEveryError() throws Exception {
    Path file = yaml("gate:\n  hold-timeout: 5\n  polcy: hold\n");

    assertThat(run("config", "check", "--config", file.toString(), URL)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().lines())
        .containsExactly(
            "tenantgate: " + file + ":3: gate.polcy: unknown key; did you mean gate.policy?",
            "tenantgate: "
                + file
                + ":2: gate.hold-timeout: must have a unit, one of ms, s, m, h, such as 30s, was"
                + " \"5\"",
            "tenantgate: migrations.locations: there is no folder "
                + file.resolveSibling("migrations")
                + "; migrations are read from folders");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void checkSaysWhatCannotBeTogether() {
    assertThat(run("config", "check", "--set", "pool.mode=transaction", URL))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains("pool.mode: transaction needs auth.method scram-sha-256 or trust");
  }

  @Test
  void checkSpeaksJson() throws Exception {
    assertThat(run("config", "check", "--output=json", "--set", "pool.size=0", URL))
        .isEqualTo(ExitCode.USAGE);

    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(result.get("valid").asBoolean()).isFalse();
    assertThat(result.get("errors").get(0).get("key").asText()).isEqualTo("pool.size");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wrongUsageIsSaidWithoutAStackTrace() {
    assertThat(run("config", "pritn")).isEqualTo(ExitCode.USAGE);
    assertThat(run("config", "print", "--output", "xml")).isEqualTo(ExitCode.USAGE);
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(run("config")).isEqualTo(ExitCode.USAGE);
    assertThat(run("config", "print", "--migrations", "a,b")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("tenantgate: ").doesNotContain("\tat ");
  }

  @Test
  void versionAndHelpAreNoFailure() {
    assertThat(run("--version")).isEqualTo(ExitCode.DONE);
    assertThat(run("--help")).isEqualTo(ExitCode.DONE);
    assertThat(run("config", "--help")).isEqualTo(ExitCode.DONE);
    assertThat(run("help", "config")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).startsWith("tenantgate ").contains("Exit codes:");
  }
}
