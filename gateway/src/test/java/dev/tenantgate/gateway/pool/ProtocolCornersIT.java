package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.copyDone;
import static dev.tenantgate.gateway.pool.PooledClient.copyFail;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.pool.ServedPlaces.Place;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.gateway.session.RawClient.Message;
import java.io.IOException;
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

  private static final int CANCEL_REQUEST = 80877102;

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
    try (PooledClient client = place.client()) {
      byte[] int4pl =
          ByteBuffer.allocate(26)
              .putInt(177)
              .putShort((short) 1)
              .putShort((short) 1) // binary
              .putShort((short) 2)
              .putInt(4)
              .putInt(40)
              .putInt(4)
              .putInt(2)
              .array();
      byte[] call = ByteBuffer.allocate(28).put(int4pl).putShort((short) 1).array();
      assertThat(client.send(RawClient.message('F', call)).until('Z', 1))
          .containsExactly("V", "Z I");
      call[3] = 0; // no function of that number
      assertThat(client.send(RawClient.message('F', call)).until('Z', 1)).endsWith("Z I");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  /** Longer than what is looked at of any message at first. */
  @ParameterizedTest
  @MethodSource("places")
  void namesMayBeLong(Place place) throws Exception {
    String name = "s".repeat(3_000);
    try (PooledClient client = place.client()) {
      client.send(parse(name, "SELECT $1::text"), describe(name), sync());
      assertThat(client.until('Z', 1)).containsExactly("1", "t", "T", "Z I");
      for (int i = 0; i < 2; i++) {
        assertThat(client.send(bind(name, "a" + i), execute(), sync()).until('Z', 1))
            .containsExactly("2", "D a" + i, "C SELECT 1", "Z I");
      }
      assertThat(client.send(close(name), close("nobody's"), sync()).until('Z', 1))
          .containsExactly("3", "3", "Z I");
      assertThat(client.send(bind(name, "x"), execute(), sync()).until('Z', 1))
          .containsExactly("E 26000", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void portalsEndWithTheirTransaction(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      client.send(parse("", "SELECT generate_series(1, 3)"), bind(""), execute(2), flush());
      assertThat(client.until('s', 1)).containsExactly("1", "2", "D 1", "D 2", "s");
      client.send(RawClient.message('D', new byte[] {'P', 0}), execute(2), sync());
      assertThat(client.until('Z', 1)).containsExactly("T", "D 3", "C SELECT 1", "Z I");
      assertThat(client.send(execute(), sync()).until('Z', 1)).containsExactly("E 34000", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void anErrorIsSentByAFlushAndSkipsToTheSync(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      client.send(parse("", "SELECT nothing"), flush());
      assertThat(client.until('E', 1)).containsExactly("E 42703");
      client.send(parse("", "SELECT 1"), RawClient.query("SELECT 2"), bind(""), execute());
      assertThat(client.send(sync()).until('Z', 1)).containsExactly("Z I");
      assertThat(client.send(sync(), sync()).until('Z', 2)).containsExactly("Z I", "Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void aSimpleQueryMayStandInABatch(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      client.send(parse("", "SELECT 1"), bind(""), execute(), RawClient.query("SELECT 2"), sync());
      // Up to PostgreSQL 16 the Query ends the transaction that the batch has begun.
      String status = place.name().startsWith("PostgreSQL 18") ? "Z T" : "Z I";
      assertThat(client.until('Z', 2))
          .containsExactly("1", "2", "D 1", "C SELECT 1", "T", "D 2", "C SELECT 1", status, "Z I");
    }
    // PostgreSQL 18 fails the session's next transaction for it; that must be nobody else's.
    try (PooledClient next = place.client()) {
      assertThat(next.value("SELECT 3")).isEqualTo("3");
    }
  }

  /** Whatever it would have done to the session: nobody waits for what it was. */
  @ParameterizedTest
  @MethodSource("places")
  void aQueryThatIsPassedOverHoldsNothingUp(Place place) throws Exception {
    byte[] unforeseen = RawClient.query("DISCARD ALL; DO $$ BEGIN END $$");
    try (PooledClient client = place.client()) {
      client.send(bind("nobody's"), unforeseen, sync());
      assertThat(client.until('Z', 1)).containsExactly("E 26000", "Z I");
      client.send(bind("nobody's"), unforeseen, parse("", "SELECT 1"), bind(""), execute());
      client.send(unforeseen, describe(""), sync(), RawClient.query("SELECT 2"));
      assertThat(client.until('Z', 2))
          .containsExactly("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
      client.send(bind("nobody's"), RawClient.query("RESET ALL"), execute(), sync());
      client.send(RawClient.query("SELECT 2"));
      assertThat(client.until('Z', 2))
          .containsExactly("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
      byte[] two = RawClient.query("SELECT 1");
      client.send(bind("nobody's"), two, two, unforeseen, two, parse("", "SELECT 1"), sync());
      client.send(RawClient.query("SELECT 2"));
      assertThat(client.until('Z', 2))
          .containsExactly("E 26000", "Z I", "T", "D 2", "C SELECT 1", "Z I");
    }
  }

  /** Where the server waits for copied data, whatever else the copying message does. */
  @ParameterizedTest
  @MethodSource("places")
  void onlyCopiedDataMayComeWhileDataIsCopied(Place place) throws Exception {
    byte[] copy = RawClient.query("COPY item FROM STDIN; DO $$ BEGIN END $$");
    try (PooledClient client = place.client()) {
      client.send(copy, sync(), flush(), PooledClient.copyData("1\n"), copyDone());
      assertThat(client.until('Z', 1)).containsExactly("G", "C COPY 1", "C DO", "Z I");
      client.query("TRUNCATE item");
      client.send(copy, execute(), sync());
      assertThat(client.untilEnd()).startsWith("G E 08P01");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void copiedDataMayBeGivenUp(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      client.query("BEGIN");
      client.send(RawClient.query("COPY item FROM STDIN"));
      client.until('G', 1);
      client.send(PooledClient.copyData("1\n"), copyFail("enough"));
      assertThat(client.until('Z', 1)).containsExactly("E 57014", "Z E");
      client.query("ROLLBACK");
      // What comes behind its end is passed over.
      client.send(PooledClient.copyData("2\n"), PooledClient.copyDone());
      assertThat(client.value("SELECT count(*) FROM item")).isEqualTo("0");
    }
  }

  /** Nobody waits for an answer: the Sync stands behind the data, and behind its end. */
  @ParameterizedTest
  @MethodSource("places")
  void copiedDataMayBeSentAhead(Place place) throws Exception {
    byte[][] rows = {PooledClient.copyData("1\n"), PooledClient.copyData("2\n")};
    try (PooledClient client = place.client()) {
      client.send(parse("", "COPY item FROM STDIN"), bind(""), execute());
      client.send(rows[0], rows[1], copyDone(), sync());
      assertThat(client.until('Z', 1)).containsExactly("1", "2", "G", "C COPY 2", "Z I");
      assertThat(client.query("TRUNCATE item")).containsExactly("C TRUNCATE TABLE", "Z I");

      client.send(parse("", "COPY item FROM STDIN"), bind(""), execute());
      client.send(rows[0], copyFail("no"), sync(), RawClient.query("SELECT count(*) FROM item"));
      assertThat(client.until('Z', 2))
          .containsExactly("1", "2", "G", "E 57014", "Z I", "T", "D 0", "C SELECT 1", "Z I");

      // The first Sync comes while data is copied, and is passed over; so twice.
      byte[][] copy = {parse("", "COPY item FROM STDIN"), bind(""), execute(), sync()};
      client.send(copy).send(rows[0], copyDone(), sync());
      client.send(copy).send(rows[1], copyDone(), sync());
      assertThat(client.until('Z', 2))
          .containsExactly("1", "2", "G", "C COPY 1", "Z I", "1", "2", "G", "C COPY 1", "Z I");
      assertThat(client.query("TRUNCATE item")).containsExactly("C TRUNCATE TABLE", "Z I");
    }
  }

  /** Whoever takes leave at once has its statement run all the same. */
  @ParameterizedTest
  @MethodSource("places")
  void whatStandsBeforeATerminateIsRun(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      client.send(
          RawClient.query("INSERT INTO item VALUES (7)"), RawClient.message('X', new byte[0]));
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
      RawClient.startup(
          Map.of(
              "user",
              "postgres",
              "database",
              place.database().name(),
              "search_path",
              "tenant_acme")),
      parse("", "SELECT $1::text"),
      bind("", "a value"),
      describe(""),
      execute(),
      sync(),
      RawClient.query("COPY item FROM STDIN"),
      copyFail("enough"),
      RawClient.query("SET search_path TO tenant_acme, public; SELECT current_schema()")
    };
    try (RawClient client = new RawClient(place.port())) {
      for (byte[] message : messages) {
        for (byte each : message) {
          client.send(new byte[] {each});
        }
      }
      String answers = "";
      for (int i = 0; i < 4; i++) {
        answers += RawClient.types(client.readUntil('Z'));
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
        try (PooledClient client = place.client()) {
          client.send(ByteBuffer.allocate(5).put((byte) type).putInt(length).array());
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
      try (PooledClient client = place.client()) {
        client.send(RawClient.message(type, new byte[] {1}));
        assertThat(client.until('E', 1)).containsExactly("E 08P01");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void statementsAreDroppedInEveryWay(Place place) throws Exception {
    try (PooledClient client = place.client()) {
      for (String drop : List.of("DEALLOCATE kept", "DEALLOCATE ALL", "DISCARD ALL")) {
        for (boolean simple : new boolean[] {true, false}) {
          client.send(parse("kept", "SELECT 1"), sync()).until('Z', 1);
          if (simple) {
            assertThat(client.query(drop)).endsWith("Z I").noneMatch(a -> a.startsWith("E"));
          } else {
            client.send(parse("", drop), bind(""), execute(), sync());
            assertThat(client.until('Z', 1)).endsWith("Z I").noneMatch(a -> a.startsWith("E"));
          }
          assertThat(client.send(bind("kept"), execute(), sync()).until('Z', 1))
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
    try (PooledClient client = place.client()) {
      assertThat(client.query("")).containsExactly("I", "Z I");
      assertThat(client.query("-- nothing")).containsExactly("I", "Z I");
      assertThat(
              client.send(parse("", ""), bind(""), describe(""), execute(), sync()).until('Z', 1))
          .containsExactly("1", "2", "t", "n", "I", "Z I");
    }
  }

  /** Keys are up to 256 bytes long in protocol 3.2, and four in 3.0. */
  @ParameterizedTest
  @MethodSource("places")
  void onlyTheRightKeyCancels(Place place) throws Exception {
    for (int minor : new int[] {0, 2}) {
      try (RawClient client = new RawClient(place.port())) {
        client.send(
            RawClient.startup(
                (3 << 16) | minor,
                Map.of("user", "postgres", "database", place.database().name())));
        byte[] key = new byte[0];
        for (Message message : client.readUntil('Z')) {
          key = message.type() == 'K' ? message.body() : key;
        }
        assertThat(key.length).isBetween(8, 260);
        byte[] wrong = key.clone();
        wrong[wrong.length - 1] ^= 1;
        client.send(RawClient.query("SELECT pg_sleep(0.2)"));
        cancel(place, wrong);
        assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("TDCZ");
        client.send(RawClient.query("SELECT pg_sleep(30)"));
        byte[] right = key;
        AtomicBoolean answered = new AtomicBoolean();
        CompletableFuture<Void> repeated =
            CompletableFuture.runAsync(() -> cancelUntil(answered, place, right));
        List<Message> answer = client.readUntil('Z');
        answered.set(true);
        repeated.join();
        assertThat(answer.get(answer.size() - 2).field('C')).isEqualTo("57014");
      }
    }
  }

  /** A request that comes before its query has begun cancels nothing. */
  private static void cancelUntil(AtomicBoolean answered, Place place, byte[] key) {
    try {
      while (!answered.get()) {
        cancel(place, key);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Also behind a request for encryption that was refused. */
  private static void cancel(Place place, byte[] key) throws IOException {
    try (RawClient canceller = new RawClient(place.port())) {
      canceller.send(ByteBuffer.allocate(8).putInt(8).putInt(80877103).array());
      assertThat(canceller.readByte()).isEqualTo('N');
      canceller.send(
          ByteBuffer.allocate(8 + key.length)
              .putInt(8 + key.length)
              .putInt(CANCEL_REQUEST)
              .put(key)
              .array());
      canceller.isAtEnd();
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void aSecondStartupEndsTheSession(Place place) throws Exception {
    try (RawClient client = new RawClient(place.port())) {
      byte[] startup =
          RawClient.startup(
              Map.of("user", "postgres", "database", place.database().name(), "options", ""));
      client.send(startup);
      client.readUntil('Z');
      client.send(startup);
      Message error = client.read();
      assertThat(error.type()).isIn('E', '!', '\0');
      if (error.type() == 'E') {
        assertThat(error.field('C')).isEqualTo("08P01");
      }
    }
  }

  /** A portal that the server has skipped is run later, and leads back to the client's own. */
  @ParameterizedTest
  @MethodSource("places")
  void aResetThatWasSkippedLeadsToWhatTheClientBeganWith(Place place) throws Exception {
    byte[] bind = {'p', 0, 'r', 0, 0, 0, 0, 0, 0, 0};
    byte[] run = {'p', 0, 0, 0, 0, 0};
    try (PooledClient client = place.client()) {
      client.query("BEGIN");
      client.query("SET search_path TO public");
      client.send(parse("r", "RESET search_path"), RawClient.message('B', bind), sync());
      assertThat(client.until('Z', 1)).containsExactly("1", "2", "Z T");
      client.query("SAVEPOINT a");
      client.send(
          parse("", "SELECT 1/0"), bind(""), execute(), RawClient.message('E', run), sync());
      assertThat(client.until('Z', 1)).containsExactly("1", "E 22012", "Z E");
      client.query("ROLLBACK TO a");
      assertThat(client.send(RawClient.message('E', run), sync()).until('Z', 1))
          .startsWith("C RESET")
          .endsWith("Z T");
      assertThat(client.value("SELECT current_setting('search_path')")).isEqualTo("tenant_acme");
      assertThat(client.send(RawClient.message('E', run), sync()).until('Z', 1))
          .startsWith("E 55000")
          .endsWith("Z E");
      assertThat(client.query("ROLLBACK")).endsWith("Z I");
      assertThat(client.value("SELECT current_setting('search_path')")).isEqualTo("tenant_acme");
    }
  }
}
