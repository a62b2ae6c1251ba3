package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.pool.SkippedConversations.Conversation;
import dev.tenantgate.gateway.pool.SkippedConversations.Write;
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
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A statement is prepared, closed or bound in a batch that has failed by then: the server skips
 * that, and the client has what it had. A Parse that fails itself drops the unnamed statement. Each
 * line is sent to another backend than the one before, and answered as on a connection of its own.
 */
class SkippedStatementsIT {

  @TempDir static Path migrations;

  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  void isAnsweredAsTheServerWould(String mode, boolean latest) throws Exception {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme");
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of("pool.mode", mode, "pool.size", "2", "auth.method", "trust"))) {
        SoftAssertions all = new SoftAssertions();
        for (Conversation conversation : SkippedConversations.ALL) {
          List<String> expected;
          try (SocketClient twin = client(server.port(), database)) {
            expected = answers(twin, conversation, () -> {});
          }
          List<String> answers;
          try (SocketClient client = client(gateway.port(), database)) {
            answers =
                mode.equals("session")
                    ? answers(client, conversation, () -> {})
                    : answersOfChangingBackends(client, conversation, gateway, database);
          }
          all.assertThat(answers).as(conversation.shows()).isEqualTo(expected);
        }
        all.assertAll();
      }
    }
  }

  /** Two others have one of the two backends in turn, and leave an unnamed statement there. */
  private static List<String> answersOfChangingBackends(
      SocketClient client,
      Conversation conversation,
      GatewayFixture gateway,
      TestDatabase database) {
    try (SocketClient one = client(gateway.port(), database);
        SocketClient other = client(gateway.port(), database)) {
      one.query("BEGIN");
      SocketClient[] holders = {one, other};
      return answers(
          client,
          conversation,
          () -> {
            holders[1].query("BEGIN");
            holders[0].sends("P - COMMIT", "B -", "E", "S").until('Z');
            SocketClient holder = holders[1];
            holders[1] = holders[0];
            holders[0] = holder;
          });
    }
  }

  private interface Between {
    void run();
  }

  private static SocketClient client(int port, TestDatabase database) {
    return SocketClient.login(port, database.name(), "tenant_acme", Map.of());
  }

  /** And those of the next query, which shows that the session goes on. */
  private static List<String> answers(
      SocketClient client, Conversation conversation, Between between) {
    List<String> answers = new ArrayList<>();
    try {
      boolean keeps = false;
      for (Write write : conversation.writes()) {
        List<String> next = client.sends(write.messages()).until('Z', write.readies());
        answers.addAll(next);
        keeps |= mayPin(write);
        if (!keeps && !next.isEmpty() && next.get(next.size() - 1).equals("Z I")) {
          between.run();
        }
      }
      answers.addAll(client.query("SHOW search_path"));
    } catch (UncheckedIOException e) {
      answers.add("closed");
    }
    answers.removeIf(answer -> answer.startsWith("N ") || answer.startsWith("S "));
    return answers;
  }

  private static boolean mayPin(Write write) {
    for (String message : write.messages()) {
      if (message.length() > 1 << 20 || message.contains("PREPARE ")) {
        return true;
      }
    }
    return false;
  }
}
