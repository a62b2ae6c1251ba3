package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A Query that may switch the tenant unseen stands in a batch, behind an error or not: where the
 * server passes over it, it passes over all up to the Sync, which therefore may not be kept from
 * it. What the client gets is what it would get without the gateway, and no less.
 */
class SkippedQueryIT {

  private static final String HIDDEN = "DO $$ BEGIN PERFORM 1; END $$";

  /** Each line of them is sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Write(int readies, byte[]... messages) {}

  private static final List<List<Write>> CONVERSATIONS =
      List.of(
          List.of(new Write(1, parse("", "nonsense"), query(HIDDEN), sync())),
          List.of(new Write(0, parse("", "nonsense"), query(HIDDEN)), new Write(1, sync())),
          List.of(
              new Write(0, parse("", "nonsense")),
              new Write(0, query(HIDDEN)),
              new Write(1, query("SELECT 1"), sync())),
          List.of(
              new Write(
                  1,
                  parse("", "nonsense"),
                  query(HIDDEN),
                  query("SELECT 1"),
                  query(HIDDEN),
                  sync())),
          List.of(
              new Write(0, parse("", "nonsense"), flush()),
              new Write(1, query(HIDDEN), query("SELECT 1"), parse("", "SELECT 2"), sync())),
          List.of(
              new Write(
                  2,
                  parse("", "nonsense"),
                  query(HIDDEN),
                  parse("", "SELECT 1"),
                  bind(""),
                  execute(),
                  sync(),
                  query("SELECT 3"))),
          List.of(
              new Write(1, query("BEGIN")),
              new Write(2, parse("", "SELECT 1"), bind(""), execute(), query(HIDDEN), sync()),
              new Write(1, query("COMMIT"))),
          List.of(
              new Write(
                  4,
                  parse("", "SELECT 1"),
                  query(HIDDEN),
                  query("SELECT 2"),
                  parse("", "nonsense"),
                  query(HIDDEN),
                  query("SELECT 3"),
                  sync(),
                  query("SELECT 4"))),
          List.of(
              new Write(1, query("BEGIN")),
              new Write(1, parse("", "SELECT 1/0"), bind(""), execute(), query(HIDDEN), sync()),
              new Write(1, query("SELECT 1")),
              new Write(1, query("ROLLBACK"))),
          List.of(
              new Write(1, query("BEGIN")),
              new Write(
                  2, query("SELECT 1/0"), parse("", "SELECT 1"), query(HIDDEN), query("x"), sync()),
              new Write(1, query("ROLLBACK"))),
          List.of(
              new Write(
                  1,
                  parse("", "DO $$ BEGIN PERFORM 1/0; END $$"),
                  bind(""),
                  execute(),
                  query("SELECT 1"),
                  sync())),
          List.of(
              new Write(
                  0, parse("", "DO $$ BEGIN PERFORM 1/0; END $$"), bind(""), execute(), flush()),
              new Write(0, query("SELECT 1")),
              new Write(1, sync())));

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
  private static List<String> answers(int port, TestDatabase database, List<Write> conversation)
      throws IOException {
    List<String> answers = new ArrayList<>();
    try (PooledClient client = new PooledClient(port, database.name(), "tenant_acme", Map.of())) {
      for (Write write : conversation) {
        answers.addAll(client.send(write.messages()).until('Z', write.readies()));
      }
      answers.addAll(client.query("SHOW search_path"));
    }
    answers.removeIf(answer -> answer.startsWith("N ") || answer.startsWith("S "));
    return answers;
  }
}
