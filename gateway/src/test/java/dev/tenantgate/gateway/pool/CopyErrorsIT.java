package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.copyData;
import static dev.tenantgate.gateway.pool.PooledClient.copyDone;
import static dev.tenantgate.gateway.pool.PooledClient.copyFail;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Copied data that the server has no use for, or not all of it, as on a direct connection. */
class CopyErrorsIT extends SharedBackend {

  private static final String MARKER = "SELECT 'marker'";

  @BeforeEach
  void table() {
    database.execute("DROP TABLE IF EXISTS public.n; CREATE TABLE public.n(i int)");
  }

  static Stream<Arguments> exchanges() {
    byte[] good = copyData("1\n");
    byte[] bad = copyData("x\n");
    return Stream.of(
        Arguments.of(
            "a syntax error, with all behind it",
            all(
                parse("", "COPY public.n FRM STDIN"),
                bind(""),
                execute(),
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "the same with a Sync in front of the data",
            all(
                parse("", "COPY public.n FRM STDIN"),
                bind(""),
                execute(),
                sync(),
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "the same of a Query", all(query("COPY public.n FRM STDIN"), good, good, copyDone())),
        Arguments.of(
            "no such table, between others",
            all(
                parse("", "SELECT 1"),
                bind(""),
                execute(),
                parse("", "COPY public.nope FROM STDIN"),
                bind(""),
                execute(),
                parse("", "SELECT 2"),
                bind(""),
                execute(),
                sync(),
                parse("", "SELECT 3"),
                bind(""),
                execute(),
                sync())),
        Arguments.of(
            "an error in the data",
            all(
                parse("", "COPY public.n FROM STDIN"),
                bind(""),
                execute(),
                good,
                bad,
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "an error in the data behind a Sync",
            all(
                parse("", "COPY public.n FROM STDIN"),
                bind(""),
                execute(),
                sync(),
                bad,
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "an error in a Query's data",
            all(query("COPY public.n FROM STDIN"), good, bad, good, good, copyDone())),
        Arguments.of(
            "an error in a Query's data, another Query behind it",
            all(query("COPY public.n FROM STDIN"), bad, copyDone(), query("SELECT 4"))),
        Arguments.of(
            "data given up behind an error",
            all(query("COPY public.n FROM STDIN"), bad, copyFail("no"), query("SELECT 5"))),
        Arguments.of(
            "two copies in a row, the first with an error",
            all(
                query("COPY public.n FROM STDIN"),
                bad,
                copyDone(),
                query("COPY public.n FROM STDIN"),
                good,
                copyDone())),
        Arguments.of(
            "two copies in a batch, the first with an error",
            all(
                parse("", "COPY public.n FROM STDIN"),
                bind(""),
                execute(),
                bad,
                copyDone(),
                parse("", "COPY public.n FROM STDIN"),
                bind(""),
                execute(),
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "a named statement that copies",
            all(
                parse("c", "COPY public.n FROM STDIN"),
                bind("c"),
                execute(),
                bad,
                copyDone(),
                sync(),
                bind("c"),
                execute(),
                good,
                copyDone(),
                sync())),
        Arguments.of(
            "a table that is copied out with an error",
            all(
                query("COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT"),
                query("SELECT 7"))));
  }

  private static byte[][] all(byte[]... messages) {
    return messages;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exchanges")
  void errorsInACopyAreToldAsDirectly(String name, byte[][] messages) throws IOException {
    for (String before : new String[] {"", "BEGIN"}) {
      try (PooledClient direct =
          new PooledClient(database.server().port(), database.name(), "tenant_acme", Map.of())) {
        List<String> expected = answers(direct, before, messages);
        assertThat(answers(acme, before, messages)).isEqualTo(expected);
      }
      assertThat(mark(globex)).isEqualTo("globex");
    }
  }

  private static List<String> answers(PooledClient client, String before, byte[][] messages)
      throws IOException {
    if (!before.isEmpty()) {
      client.query(before);
    }
    client.send(messages);
    List<String> answers = client.send(query("ROLLBACK"), query(MARKER)).until("D marker");
    client.query("DEALLOCATE ALL");
    return answers;
  }
}
