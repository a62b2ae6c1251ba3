package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.SocketClient;
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
    String good = "d 1\n";
    String bad = "d x\n";
    return Stream.of(
        Arguments.of(
            "a syntax error, with all behind it",
            all("P - COPY public.n FRM STDIN", "B -", "E", good, "c", "S")),
        Arguments.of(
            "the same with a Sync in front of the data",
            all("P - COPY public.n FRM STDIN", "B -", "E", "S", good, "c", "S")),
        Arguments.of("the same of a Query", all("Q COPY public.n FRM STDIN", good, good, "c")),
        Arguments.of(
            "no such table, between others",
            all(
                "P - SELECT 1",
                "B -",
                "E",
                "P - COPY public.nope FROM STDIN",
                "B -",
                "E",
                "P - SELECT 2",
                "B -",
                "E",
                "S",
                "P - SELECT 3",
                "B -",
                "E",
                "S")),
        Arguments.of(
            "an error in the data",
            all("P - COPY public.n FROM STDIN", "B -", "E", good, bad, good, "c", "S")),
        Arguments.of(
            "an error in the data behind a Sync",
            all("P - COPY public.n FROM STDIN", "B -", "E", "S", bad, good, "c", "S")),
        Arguments.of(
            "an error in a Query's data",
            all("Q COPY public.n FROM STDIN", good, bad, good, good, "c")),
        Arguments.of(
            "an error in a Query's data, another Query behind it",
            all("Q COPY public.n FROM STDIN", bad, "c", "Q SELECT 4")),
        Arguments.of(
            "data given up behind an error",
            all("Q COPY public.n FROM STDIN", bad, "f no", "Q SELECT 5")),
        Arguments.of(
            "two copies in a row, the first with an error",
            all("Q COPY public.n FROM STDIN", bad, "c", "Q COPY public.n FROM STDIN", good, "c")),
        Arguments.of(
            "two copies in a batch, the first with an error",
            all(
                "P - COPY public.n FROM STDIN",
                "B -",
                "E",
                bad,
                "c",
                "P - COPY public.n FROM STDIN",
                "B -",
                "E",
                good,
                "c",
                "S")),
        Arguments.of(
            "a named statement that copies",
            all(
                "P c COPY public.n FROM STDIN",
                "B c",
                "E",
                bad,
                "c",
                "S",
                "B c",
                "E",
                good,
                "c",
                "S")),
        Arguments.of(
            "a table that is copied out with an error",
            all(
                "Q COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT",
                "Q SELECT 7")));
  }

  private static String[] all(String... messages) {
    return messages;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exchanges")
  void errorsInACopyAreToldAsDirectly(String name, String[] messages) {
    for (String before : new String[] {"", "BEGIN"}) {
      try (SocketClient direct =
          SocketClient.login(database.server().port(), database.name(), "tenant_acme", Map.of())) {
        List<String> expected = answers(direct, before, messages);
        assertThat(answers(acme, before, messages)).isEqualTo(expected);
      }
      assertThat(mark(globex)).isEqualTo("globex");
    }
  }

  private static List<String> answers(SocketClient client, String before, String[] messages) {
    if (!before.isEmpty()) {
      client.query(before);
    }
    client.sends(messages);
    List<String> answers = client.sends("Q ROLLBACK", "Q " + MARKER).until("D marker");
    client.query("DEALLOCATE ALL");
    return answers;
  }
}
