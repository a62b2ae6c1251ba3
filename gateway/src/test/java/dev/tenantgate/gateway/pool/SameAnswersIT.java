package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.pool.SameAnswersMix.Step;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that share two backends send at random what touches their sessions, also by ways that no
 * text shows and under several users, with row-level security on. Each has a twin on a connection
 * of its own to the same server that sends the same: message by message, both get the same answers.
 *
 * <p>The property {@code tenantgate.same-answers.seed} begins elsewhere, {@code .seeds} does so for
 * as many seeds, {@code .steps} goes on for longer, {@code .only} takes one of the places ({@code
 * 14-transaction}); {@code deferred} is transaction pooling with {@code pool.begin: deferred}.
 */
class SameAnswersIT {

  private static final int CLIENTS = 5;

  /** Where more than one of them would be right, the server looks for another first. */
  private static final Set<String> REFUSALS = Set.of("E 25P02", "E 26000", "E 42P05");

  @TempDir static Path migrations;

  private final List<String> told = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "14-transaction, 1",
    "18-transaction, 2",
    "14-session, 3",
    "18-session, 4",
    "14-deferred, 5",
    "18-deferred, 6"
  })
  void everyClientGetsWhatItsTwinGets(String place, long givenSeed) throws Exception {
    String only = System.getProperty("tenantgate.same-answers.only", place);
    assumeTrue(place.equals(only));
    long seed = Long.getLong("tenantgate.same-answers.seed", givenSeed);
    int seeds = Integer.getInteger("tenantgate.same-answers.seeds", 1);
    TestPostgres server = place.startsWith("18") ? TestPostgres.latest() : TestPostgres.oldest();
    for (long each = seed; each < seed + seeds; each++) {
      run(server, place.substring(place.indexOf('-') + 1), each);
    }
  }

  private void run(TestPostgres server, String mode, long seed) {
    told.clear();
    try (TestDatabase database = server.newDatabase()) {
      database.execute(
          "DROP ROLE IF EXISTS same_app, same_other; CREATE ROLE same_app; CREATE ROLE same_other");
      database.execute(LeakChecker.script(4) + "; " + SameAnswersMix.OBJECTS);
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of(
                  "pool.mode",
                  mode.equals("session") ? "session" : "transaction",
                  "pool.size",
                  mode.equals("session") ? "20" : "2",
                  "pool.begin",
                  mode.equals("deferred") ? "deferred" : "at-once",
                  "auth.method",
                  "trust"))) {
        run(database, gateway, new Random(seed));
      } catch (AssertionError | UncheckedIOException e) {
        throw new AssertionError("seed %d: %s".formatted(seed, e.getMessage()), e);
      }
    }
  }

  private void run(TestDatabase database, GatewayFixture gateway, Random random) {
    int steps = Integer.getInteger("tenantgate.same-answers.steps", 40);
    SameAnswersMix mix = new SameAnswersMix(random);
    List<SocketClient> pooled = new ArrayList<>();
    List<SocketClient> twins = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        String path = LeakChecker.schema(i % 4);
        pooled.add(SocketClient.login(gateway.port(), database.name(), path, Map.of()));
        twins.add(SocketClient.login(database.server().port(), database.name(), path, Map.of()));
      }
      for (int step = 0; step < steps; step++) {
        // Two backends: who has begun something ends it before a third needs one.
        int client = random.nextInt(CLIENTS);
        try {
          transaction(pooled.get(client), twins.get(client), client, mix);
        } catch (ServerEnded e) {
          pooled.set(client, again(pooled.get(client), gateway.port(), database, client));
          twins.set(client, again(twins.get(client), database.server().port(), database, client));
        }
      }
    } finally {
      for (SocketClient each : pooled) {
        each.close();
      }
      for (SocketClient each : twins) {
        each.close();
      }
    }
  }

  /** The server itself has ended the session, as behind an EXECUTE of a ROLLBACK AND CHAIN. */
  private static final class ServerEnded extends RuntimeException {
    private static final long serialVersionUID = 1;

    ServerEnded(UncheckedIOException cause) {
      super(cause);
    }
  }

  private static SocketClient again(
      SocketClient ended, int port, TestDatabase database, int number) {
    ended.close();
    return SocketClient.login(port, database.name(), LeakChecker.schema(number % 4), Map.of());
  }

  private void transaction(SocketClient client, SocketClient twin, int number, SameAnswersMix mix) {
    boolean open = compare(client, twin, number, mix.next(false));
    for (int next = 0; open && next < 12; next++) {
      open = compare(client, twin, number, mix.next(true));
    }
    if (open) {
      List<String> end = List.of("Q ROLLBACK", "Q " + SameAnswersMix.STATE);
      compare(client, twin, number, new Step("ROLLBACK", end, 2));
    }
  }

  /** Whether a transaction is open behind a step. */
  private boolean compare(SocketClient client, SocketClient twin, int number, Step step) {
    told.add(number + ": " + step.told());
    List<String> expected;
    try {
      expected = answers(twin, step);
    } catch (UncheckedIOException e) {
      throw new ServerEnded(e);
    }
    List<String> answers;
    try {
      answers = answers(client, step);
    } catch (UncheckedIOException e) {
      throw new AssertionError("instead of " + expected + " behind " + behind(number), e);
    }
    assertThat(answers).as(() -> behind(number)).isEqualTo(expected);
    return !expected.get(expected.size() - 1).equals("Z I");
  }

  /** All that the client did itself, and the others lately. */
  private String behind(int number) {
    int lately = Math.max(0, told.size() - 40);
    return IntStream.range(0, told.size())
        .filter(i -> i >= lately || told.get(i).startsWith(number + ":"))
        .mapToObj(told::get)
        .collect(Collectors.joining("\n"));
  }

  /** Without the reports of parameters, which a pooled session may get a little later. */
  private static List<String> answers(SocketClient client, Step step) {
    List<String> answers =
        client.sends(step.messages().toArray(new String[0])).until('Z', step.readies());
    answers.removeIf(answer -> answer.startsWith("S ") || answer.startsWith("N "));
    answers.replaceAll(answer -> REFUSALS.contains(answer) ? "E of a statement's name" : answer);
    return answers;
  }
}
