package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A Query that may switch the tenant unseen stands in a batch, behind an error or not. A server
 * that passes over it passes over all up to the Sync: so the gateway may not keep the Sync back.
 * The client gets the same answers as without the gateway, and no fewer.
 */
class SkippedQueryIT {

  private static final String HIDDEN = "DO $$ BEGIN PERFORM 1; END $$";

  /** Each line of them is sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Write(int readies, String... messages) {}

  private static final List<List<Write>> CONVERSATIONS =
      List.of(
          List.of(new Write(1, "P - nonsense", "Q " + HIDDEN, "S")),
          List.of(new Write(0, "P - nonsense", "Q " + HIDDEN), new Write(1, "S")),
          List.of(
              new Write(0, "P - nonsense"),
              new Write(0, "Q " + HIDDEN),
              new Write(1, "Q SELECT 1", "S")),
          List.of(new Write(1, "P - nonsense", "Q " + HIDDEN, "Q SELECT 1", "Q " + HIDDEN, "S")),
          List.of(
              new Write(0, "P - nonsense", "H"),
              new Write(1, "Q " + HIDDEN, "Q SELECT 1", "P - SELECT 2", "S")),
          List.of(
              new Write(
                  2, "P - nonsense", "Q " + HIDDEN, "P - SELECT 1", "B -", "E", "S", "Q SELECT 3")),
          List.of(
              new Write(1, "Q BEGIN"),
              new Write(2, "P - SELECT 1", "B -", "E", "Q " + HIDDEN, "S"),
              new Write(1, "Q COMMIT")),
          List.of(
              new Write(
                  4,
                  "P - SELECT 1",
                  "Q " + HIDDEN,
                  "Q SELECT 2",
                  "P - nonsense",
                  "Q " + HIDDEN,
                  "Q SELECT 3",
                  "S",
                  "Q SELECT 4")),
          List.of(
              new Write(1, "Q BEGIN"),
              new Write(1, "P - SELECT 1/0", "B -", "E", "Q " + HIDDEN, "S"),
              new Write(1, "Q SELECT 1"),
              new Write(1, "Q ROLLBACK")),
          List.of(
              new Write(1, "Q BEGIN"),
              new Write(2, "Q SELECT 1/0", "P - SELECT 1", "Q " + HIDDEN, "Q x", "S"),
              new Write(1, "Q ROLLBACK")),
          List.of(
              new Write(1, "P - DO $$ BEGIN PERFORM 1/0; END $$", "B -", "E", "Q SELECT 1", "S")),
          List.of(
              new Write(0, "P - DO $$ BEGIN PERFORM 1/0; END $$", "B -", "E", "H"),
              new Write(0, "Q SELECT 1"),
              new Write(1, "S")));

  @TempDir static Path migrations;

  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  void isAnsweredAsTheServerWould(String mode, boolean latest) throws Exception {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme");
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database, migrations, Map.of("pool.mode", mode, "auth.method", "trust"))) {
        for (List<Write> conversation : CONVERSATIONS) {
          assertThat(answers(gateway.port(), database, conversation))
              .as("conversation %d", CONVERSATIONS.indexOf(conversation))
              .isEqualTo(answers(server.port(), database, conversation));
        }
      }
    }
  }

  /** And those of the next query, which shows that the session goes on. */
  private static List<String> answers(int port, TestDatabase database, List<Write> conversation) {
    List<String> answers = new ArrayList<>();
    try (SocketClient client = SocketClient.login(port, database.name(), "tenant_acme", Map.of())) {
      for (Write write : conversation) {
        answers.addAll(client.sends(write.messages()).until('Z', write.readies()));
      }
      answers.addAll(client.query("SHOW search_path"));
    }
    answers.removeIf(answer -> answer.startsWith("N ") || answer.startsWith("S "));
    return answers;
  }
}
