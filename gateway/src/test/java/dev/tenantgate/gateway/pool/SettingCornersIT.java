package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.pool.ServedPlaces.Place;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Corners of a session's settings, where the gateway sets some of its own: on the newest and the
 * oldest server, in session and in transaction pooling.
 */
class SettingCornersIT {

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

  /** A portal that the server has skipped is run later, and leads back to the client's own. */
  @ParameterizedTest
  @MethodSource("places")
  void aResetThatWasSkippedLeadsToWhatTheClientBeganWith(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.query("BEGIN");
      client.query("SET search_path TO public");
      client.sends("P r RESET search_path", "B r@p", "S").gets("1", "2", "Z T");
      client.query("SAVEPOINT a");
      client.sends("P - SELECT 1/0", "B -", "E", "E p", "S").gets("1", "E 22012", "Z E");
      client.query("ROLLBACK TO a");
      assertThat(client.sends("E p", "S").until('Z')).startsWith("C RESET").endsWith("Z T");
      assertThat(client.value("SELECT current_setting('search_path')")).isEqualTo("tenant_acme");
      assertThat(client.sends("E p", "S").until('Z')).startsWith("E 55000").endsWith("Z E");
      assertThat(client.query("ROLLBACK")).endsWith("Z I");
      assertThat(client.value("SELECT current_setting('search_path')")).isEqualTo("tenant_acme");
    }
  }

  /** The last word on a parameter, in front of the ReadyForQuery, is the one in force. */
  @ParameterizedTest
  @MethodSource("places")
  void aDiscardLeavesTheClientWithTheParametersThatItWasTold(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.query("SET application_name TO 'other'");
      client.query("SET search_path TO public");
      String told = String.join("\n", client.query("DISCARD ALL"));
      assertThat(client.value("SHOW search_path")).isEqualTo("tenant_acme");
      int last = told.lastIndexOf("S search_path=");
      assertThat(last < 0 || told.startsWith("S search_path=tenant_acme", last)).as(told).isTrue();
      assertThat(told).endsWith("Z I");
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void nothingStandsInFrontOfACommentInATransaction(Place place) throws Exception {
    try (SocketClient client = place.client()) {
      client.query("BEGIN");
      assertThat(client.query("-- a comment")).containsExactly("I", "Z T");
      assertThat(client.query("/* trace='1' */ SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
          .containsExactly("C SET", "Z T");
      assertThat(client.query("ROLLBACK")).containsExactly("C ROLLBACK", "Z I");
    }
  }
}
