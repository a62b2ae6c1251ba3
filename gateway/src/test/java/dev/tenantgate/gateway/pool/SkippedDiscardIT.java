package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prepared statements come and go in a batch of which the server skips a part. A statement that
 * drops them all is on its way behind the batch already. The statements that remain on either side
 * of the gateway follow from the server's order of execution, whichever messages it skips.
 */
class SkippedDiscardIT {

  /** Each line of them is sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Write(int readies, String... messages) {}

  private static final Write DEFINE = new Write(1, "P s1 SELECT 1", "S");
  private static final Write USE = new Write(1, "B s1", "E", "S");
  private static final Write DEFINE_AGAIN = new Write(1, "P s1 SELECT 2", "B s1", "E", "S");
  private static final Write BEGIN = new Write(1, "Q BEGIN");
  private static final Write ROLLBACK = new Write(1, "Q ROLLBACK");

  /** A client's messages to the server or the gateway, and the fact that the answers show. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Conversation(String shows, Write... writes) {}

  private static final List<Conversation> CONVERSATIONS =
      List.of(
          new Conversation(
              "what the gateway prepares for itself is gone with the second",
              new Write(
                  3,
                  run("COMMIT AND CHAIN"),
                  run("DEALLOCATE ALL"),
                  "S",
                  "Q DISCARD ALL",
                  "Q SELECT 1")),
          new Conversation(
              "what the first would have dropped is gone with the second",
              DEFINE,
              new Write(2, run("SELECT 1/0"), run("DEALLOCATE ALL"), "S", "Q DISCARD ALL"),
              USE,
              DEFINE_AGAIN),
          new Conversation(
              "what isn't closed is gone with the rest",
              DEFINE,
              new Write(2, run("SELECT 1/0"), "C S s1", "S", "Q DEALLOCATE ALL"),
              USE,
              DEFINE_AGAIN),
          new Conversation(
              "what isn't deallocated is gone with the rest",
              DEFINE,
              new Write(2, run("SELECT 1/0"), run("DEALLOCATE s1"), "S", "Q DEALLOCATE ALL"),
              USE,
              DEFINE_AGAIN),
          new Conversation(
              "what was never prepared isn't there because a discard fails",
              BEGIN,
              new Write(2, "P s1 SELECT nonsense", "S", "Q DISCARD ALL"),
              ROLLBACK,
              USE,
              DEFINE_AGAIN),
          new Conversation(
              "what is prepared while a discard that fails is on its way is there",
              BEGIN,
              new Write(2, "P s1 SELECT 1", "S", "Q DISCARD ALL"),
              ROLLBACK,
              new Write(1, "P s2 SELECT 2", "S"),
              USE),
          new Conversation(
              "what three would have dropped is there if none is run",
              DEFINE,
              BEGIN,
              new Write(
                  2,
                  run("SELECT 1/0"),
                  run("DEALLOCATE ALL"),
                  "P s1 SELECT 3",
                  run("DEALLOCATE ALL"),
                  "S",
                  "Q DISCARD ALL"),
              ROLLBACK,
              USE),
          new Conversation(
              "what wasn't dropped because the transaction had failed can be dropped behind it",
              DEFINE,
              BEGIN,
              new Write(1, "Q SELECT 1/0"),
              new Write(3, run("DEALLOCATE ALL"), "S", "Q ROLLBACK AND CHAIN", "Q DEALLOCATE s1"),
              USE,
              ROLLBACK),
          new Conversation(
              "what is left of a failed transaction can be dropped behind it",
              DEFINE,
              BEGIN,
              new Write(1, "Q SELECT 1/0"),
              new Write(2, "Q ROLLBACK", "Q DEALLOCATE s1"),
              USE),
          new Conversation(
              "what a skipped batch would have prepared is gone whatever comes behind it",
              DEFINE,
              new Write(
                  2,
                  run("SELECT 1/0"),
                  run("DEALLOCATE ALL"),
                  "P s1 SELECT 3",
                  "S",
                  "Q DEALLOCATE ALL"),
              USE,
              DEFINE_AGAIN));

  @TempDir static Path migrations;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isAnsweredAsTheServerWould(boolean latest) throws Exception {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme");
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"))) {
        SoftAssertions all = new SoftAssertions();
        for (Conversation conversation : CONVERSATIONS) {
          all.assertThat(answers(gateway.port(), database, conversation))
              .as(conversation.shows())
              .isEqualTo(answers(server.port(), database, conversation));
        }
        all.assertAll();
      }
    }
  }

  /** And those of the next query, which shows that the session goes on. */
  private static List<String> answers(int port, TestDatabase database, Conversation conversation) {
    List<String> answers = new ArrayList<>();
    try (SocketClient client = SocketClient.login(port, database.name(), "tenant_acme", Map.of())) {
      for (Write write : conversation.writes()) {
        answers.addAll(client.sends(write.messages()).until('Z', write.readies()));
      }
      answers.addAll(client.query("SHOW search_path"));
    } catch (UncheckedIOException e) {
      answers.add("closed");
    }
    answers.removeIf(answer -> answer.startsWith("N ") || answer.startsWith("S "));
    return answers;
  }

  /** The messages that run a statement in a batch. */
  private static String run(String sql) {
    return "P - " + sql + " & B - & E";
  }
}
