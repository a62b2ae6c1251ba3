package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.testing.wire.FrontendNotation.functionCall;
import static dev.tenantgate.gateway.testing.wire.FrontendNotation.int4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.pool.ServedPlaces.Place;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Corners of the protocol, where the gateway has to answer what the server itself answers: on the
 * newest and the oldest server, in session and in transaction pooling.
 */
class ProtocolCornersIT {

  @TempDir static Path migrations;
  private static ServedPlaces places;

  @BeforeAll
  static void start() {
    places = new ServedPlaces(migrations);
  }

  @AfterAll
  static void stop() {
    places.close();
  }

  static Stream<Place> places() {
    return places.all();
  }

  @ParameterizedTest
  @MethodSource("places")
  void functionsAreCalledByNumber(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      assertThat(client.sends(functionCall(177, int4(40), int4(2))).read().body())
          .containsExactly(0, 0, 0, 4, 0, 0, 0, 42);
      client.gets("Z I");
      assertThat(client.sends(functionCall(0)).until('Z')).endsWith("Z I"); // none has that number
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  /** Longer than what is looked at of any message at first. */
  @ParameterizedTest
  @MethodSource("places")
  void namesMayBeLong(Place place) throws Exception {
    String name = "s".repeat(3_000);
    try (SocketClient client = place.client()) {
      client.sends("P " + name + " SELECT $1::text", "D S " + name, "S").gets("1", "t", "T", "Z I");
      for (int i = 0; i < 2; i++) {
        client.sends("B " + name + " a" + i, "E", "S").gets("2", "D a" + i, "C SELECT 1", "Z I");
      }
      client.sends("C S " + name, "C S nobody's", "S").gets("3", "3", "Z I");
      client.sends("B " + name + " x", "E", "S").gets("E 26000", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void portalsEndWithTheirTransaction(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client
          .sends("P - SELECT generate_series(1, 3)", "B -", "E - 2", "H")
          .gets("1", "2", "D 1", "D 2", "s");
      client.sends("D P -", "E - 2", "S").gets("T", "D 3", "C SELECT 1", "Z I");
      client.sends("E", "S").gets("E 34000", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void anErrorIsSentByAFlushAndSkipsToTheSync(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.sends("P - SELECT nothing", "H").gets("E 42703");
      client.sends("P - SELECT 1", "Q SELECT 2", "B -", "E");
      client.sends("S").gets("Z I");
      client.sends("S", "S").gets("Z I", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void aSimpleQueryMayStandInABatch(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.sends("P - SELECT 1", "B -", "E", "Q SELECT 2", "S");
      // Up to PostgreSQL 16 the Query ends the transaction that the batch has begun.
      String status = place.name().startsWith("PostgreSQL 18") ? "Z T" : "Z I";
      assertThat(client.until('Z', 2))
          .containsExactly("1", "2", "D 1", "C SELECT 1", "T", "D 2", "C SELECT 1", status, "Z I");
    }
    // PostgreSQL 18 fails the session's next transaction for it; that must be nobody else's.
    try (SocketClient next = place.client()) {
      assertThat(next.value("SELECT 3")).isEqualTo("3");
    }
  }

  /** A query that never ran has no effect on the session that anybody could wait for. */
  @ParameterizedTest
  @MethodSource("places")
  void aQueryThatIsPassedOverHoldsNothingUp(Place place) throws Exception {
    String unforeseen = "Q DISCARD ALL; DO $$ BEGIN END $$";
    try (SocketClient client = place.client()) {
      client.sends("B nobody's", unforeseen, "S").gets("E 26000", "Z I");
      client.sends("B nobody's", unforeseen, "P - SELECT 1", "B -", "E");
      client
          .sends(unforeseen, "D S -", "S", "Q SELECT 2")
          .gets("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
      client.sends("B nobody's", "Q RESET ALL", "E", "S");
      client.sends("Q SELECT 2").gets("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
      String two = "Q SELECT 1";
      client.sends("B nobody's", two, two, unforeseen, two, "P - SELECT 1", "S");
      client.sends("Q SELECT 2").gets("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
    }
  }

  /** Where the server waits for copied data, whatever else the copying message does. */
  @ParameterizedTest
  @MethodSource("places")
  void onlyCopiedDataMayComeWhileDataIsCopied(Place place) throws Exception {
    String copy = "Q COPY item FROM STDIN; DO $$ BEGIN END $$";
    try (SocketClient client = place.client()) {
      client.sends(copy, "S", "H", "d 1\n", "c").gets("G", "C COPY 1", "C DO", "Z I");
      client.query("TRUNCATE item");
      client.sends(copy, "E", "S");
      assertThat(client.untilEnd()).startsWith("G E 08P01");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void copiedDataMayBeGivenUp(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.query("BEGIN");
      client.sends("Q COPY item FROM STDIN");
      client.until('G');
      client.sends("d 1\n", "f enough").gets("E 57014", "Z E");
      client.query("ROLLBACK");
      // Messages behind the COPY's end are passed over.
      client.sends("d 2\n", "c");
      assertThat(client.value("SELECT count(*) FROM item")).isEqualTo("0");
    }
  }

  /** Nobody waits for an answer: the Sync stands behind the data, and behind its end. */
  @ParameterizedTest
  @MethodSource("places")
  void copiedDataMayBeSentAhead(Place place) throws Exception {
    String[] rows = {"d 1\n", "d 2\n"};
    try (SocketClient client = place.client()) {
      client.sends("P - COPY item FROM STDIN", "B -", "E");
      client.sends(rows[0], rows[1], "c", "S").gets("1", "2", "G", "C COPY 2", "Z I");
      client.sends("Q TRUNCATE item").gets("C TRUNCATE TABLE", "Z I");

      client.sends("P - COPY item FROM STDIN", "B -", "E");
      client
          .sends(rows[0], "f no", "S", "Q SELECT count(*) FROM item")
          .gets("1", "2", "G", "E 57014", "Z I", "T", "D 0", "C SELECT 1", "Z I");

      // The first Sync comes while data is copied, and is passed over; so twice.
      String[] copy = {"P - COPY item FROM STDIN", "B -", "E", "S"};
      client.sends(copy).sends(rows[0], "c", "S");
      client.sends(copy).sends(rows[1], "c", "S");
      client.gets("1", "2", "G", "C COPY 1", "Z I", "1", "2", "G", "C COPY 1", "Z I");
      client.sends("Q TRUNCATE item").gets("C TRUNCATE TABLE", "Z I");
    }
  }

  /** A client that takes leave at once has its statement run all the same. */
  @ParameterizedTest
  @MethodSource("places")
  void whatStandsBeforeATerminateIsRun(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.sends("Q INSERT INTO item VALUES (7)", "X");
      await()
          .untilAsserted(
              () ->
                  assertThat(place.database().value("SELECT count(*) FROM tenant_acme.item"))
                      .isEqualTo("1"));
    } finally {
      place.database().execute("TRUNCATE tenant_acme.item");
    }
  }

  /** As slow as can be: each byte in a segment of its own. */
  @ParameterizedTest
  @MethodSource("places")
  void bytesMayComeOneByOne(Place place) throws Exception {
    byte[][] messages = {
      FrontendNotation.startup(
          Map.of(
              "user",
              "postgres",
              "database",
              place.database().name(),
              "search_path",
              "tenant_acme")),
      FrontendNotation.encode(
          "P - SELECT $1::text",
          "B - a value",
          "D S -",
          "E",
          "S",
          "Q COPY item FROM STDIN",
          "f enough",
          "Q SET search_path TO tenant_acme, public; SELECT current_schema()")
    };
    try (SocketClient client = SocketClient.connect(place.port())) {
      for (byte[] message : messages) {
        for (byte each : message) {
          client.sendsBytes(new byte[] {each});
        }
      }
      String answers = "";
      for (int i = 0; i < 4; i++) {
        answers += Frame.types(client.readUntil('Z'));
      }
      assertThat(answers.replace("S", "").replaceFirst("^RKZ", ""))
          .isEqualTo("12tTDCZ" + "GEZ" + "CTDCZ");
    }
  }

  /** Above what PostgreSQL takes, and below what a length needs for itself. */
  @ParameterizedTest
  @MethodSource("places")
  void lengthsThatCannotBeEndTheSession(Place place) throws Exception {
    for (int length : new int[] {0, 3, -1, Integer.MIN_VALUE, 0x3fffffff, Integer.MAX_VALUE}) {
      for (char type : "QPBDECFSHdcf".toCharArray()) {
        try (SocketClient client = place.client()) {
          client.sendsBytes(ByteBuffer.allocate(5).put((byte) type).putInt(length).array());
          String answer = client.untilEnd();
          if (place.gateway() == null) {
            assertThat(answer).isIn("", "E 08P01"); // the server tells its log alone
          } else {
            assertThat(answer).as(type + " of " + length).isEqualTo("E 08P01");
          }
        }
      }
    }
  }

  /** A body where the protocol has none. */
  @ParameterizedTest
  @MethodSource("places")
  void aSyncAndAFlushHaveNothingInThem(Place place) throws Exception {
    for (char type : "SH".toCharArray()) {
      try (SocketClient client = place.client()) {
        client.sends(new Frame(type, new byte[] {1})).gets("E 08P01");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void statementsAreDroppedInEveryWay(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      for (String drop : List.of("DEALLOCATE kept", "DEALLOCATE ALL", "DISCARD ALL")) {
        for (boolean simple : new boolean[] {true, false}) {
          client.sends("P kept SELECT 1", "S").until('Z');
          if (simple) {
            assertThat(client.query(drop)).endsWith("Z I").noneMatch(a -> a.startsWith("E"));
          } else {
            client.sends("P - " + drop, "B -", "E", "S");
            assertThat(client.until('Z')).endsWith("Z I").noneMatch(a -> a.startsWith("E"));
          }
          assertThat(client.sends("B kept", "E", "S").until('Z'))
              .as(drop)
              .filteredOn(answer -> !answer.startsWith("S")) // parameters may be told at any time
              .containsExactly("E 26000", "Z I");
        }
      }
      assertThat(client.value("SELECT current_schema()")).isEqualTo("tenant_acme");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void anEmptyQueryIsAnswered(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.sends("Q ").gets("I", "Z I");
      client.sends("Q -- nothing").gets("I", "Z I");
      client.sends("P - ", "B -", "D S -", "E", "S").gets("1", "2", "t", "n", "I", "Z I");
    }
  }

  /** Keys are up to 256 bytes long in protocol 3.2, and four in 3.0. */
  @ParameterizedTest
  @MethodSource("places")
  void onlyTheRightKeyCancels(Place place) throws Exception {
    for (int minor : new int[] {0, 2}) {
      try (SocketClient client = SocketClient.connect(place.port())) {
        client.startsUp(
            (3 << 16) | minor, Map.of("user", "postgres", "database", place.database().name()));
        client.readUntil('Z');
        assertThat(client.key().length).isBetween(8, 260);
        client.sends("Q SELECT pg_sleep(0.2)");
        cancel(place, client.wrongKey());
        assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
        client.sends("Q SELECT pg_sleep(30)");
        AtomicBoolean answered = new AtomicBoolean();
        CompletableFuture<Void> repeated =
            CompletableFuture.runAsync(() -> cancelUntil(answered, place, client.key()));
        List<Frame> answer = client.readUntil('Z');
        answered.set(true);
        repeated.join();
        assertThat(answer.get(answer.size() - 2).field('C')).isEqualTo("57014");
      }
    }
  }

  /** A request that comes before its query has begun cancels nothing. */
  private static void cancelUntil(AtomicBoolean answered, Place place, byte[] key) {
    while (!answered.get()) {
      cancel(place, key);
    }
  }

  /** Also behind a request for encryption that was refused. */
  private static void cancel(Place place, byte[] key) {
    try (SocketClient canceller = SocketClient.connect(place.port())) {
      canceller.sendsBytes(FrontendNotation.sslRequest());
      assertThat(canceller.readByte()).isEqualTo('N');
      canceller.sendsBytes(FrontendNotation.cancelRequest(key));
      canceller.isAtEnd();
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void aSecondStartupEndsTheSession(Place place) throws Exception {
    try (SocketClient client = SocketClient.connect(place.port())) {
      byte[] startup =
          FrontendNotation.startup(
              Map.of("user", "postgres", "database", place.database().name(), "options", ""));
      client.sendsBytes(startup);
      client.readUntil('Z');
      client.sendsBytes(startup);
      Frame error = client.read();
      assertThat(error.type()).isIn('E', '!', '\0');
      if (error.type() == 'E') {
        assertThat(error.field('C')).isEqualTo("08P01");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void anUnsupportedProtocolIsRefusedByItsVersion(Place place) throws Exception {
    try (SocketClient client = SocketClient.connect(place.port())) {
      client.sendsBytes(ByteBuffer.allocate(8).putInt(8).putInt(4 << 16).array());
      Frame error = client.read();
      assertThat(error.field('C')).isEqualTo("0A000");
      assertThat(error.field('M'))
          .matches("unsupported frontend protocol 4\\.0: server supports [23]\\.0 to 3\\.[02]");
      assertThat(client.isAtEnd()).isTrue();
    }
  }
}
