package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Signals} to a process that only the gateway knows ({@link Processes}): the server gets the
 * number of one that stands in for it.
 */
class SignalsTest {

  private static final byte[] NULL = {};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static ScriptedServer standIn(Wire wire, int place) {
    ScriptedServer server = wire.servers().get(place);
    assertThat(server.isAskedFor()).contains("pg_catalog.pg_sleep(20)");
    return server;
  }

  /** Ten digits. */
  private static String number(ScriptedServer server) {
    return "%010d".formatted(server.process());
  }

  private static void ends(ScriptedServer standIn) {
    standIn.says("C DO", "Z I");
    assertThat(standIn.isLeft()).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void numberInATextIsReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q select pg_terminate_backend(" + acme.process() + ")");
    acme.getsNothing();
    ScriptedServer standIn = standIn(wire, 1).says("C SET");
    wire.servers().get(0).seesNothing();
    standIn.says("N 00000 waits");
    wire.servers().get(0).sees("Q select pg_terminate_backend(" + number(standIn) + ")");
    wire.servers().get(0).says(SELECTED);
    acme.gets(SELECTED);
    ends(standIn);
  }

  @WireTest(Mode.TRANSACTION)
  void numberOfNoClientStays(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select pg_cancel_backend(1234567890)", SELECTED);
    acme.runs("Q select pg_cancel_backend(77), 99999999999, 9999999999", SELECTED);
    acme.runs("Q select pg_cancel_backend(1) " + acme.process() + "1", SELECTED);
    acme.runs("Q select " + acme.process(), SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void numberOfAProcessThatCannotStandInStays(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    String text = "Q select pg_cancel_backend(" + acme.process() + ")";
    acme.sends(text);
    standIn(wire, 1).says("E 57014", "Z I");
    wire.servers().get(0).sees(text).says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void numberAmongValuesIsReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = wire.server();
    String parse = "P - select $1, pg_cancel_backend($2)";
    acme.sends(parse, "B - text|" + acme.process(), "E", "S").getsNothing();
    ScriptedServer standIn = standIn(wire, 1).says("C SET", "N 00000 waits");
    server.sees(parse, "B - text|" + number(standIn), "E", "S");
    server.says("1", "2", "D 1", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I");
    ends(standIn);
  }

  @WireTest(Mode.TRANSACTION)
  void numberAmongBinaryValuesIsReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = wire.server();
    int place = 1;
    for (byte[] value : new byte[][] {bytes(acme.process(), 4), bytes(acme.process(), 8)}) {
      acme.sends("P - select pg_cancel_backend($1)");
      acme.sendsBytes(bind(value));
      acme.sends("E", "S").getsNothing();
      ScriptedServer standIn = standIn(wire, place++).says("C SET", "N 00000 waits");
      server.sees(
          "P - select pg_cancel_backend($1)", "B - " + shown(standIn.process(), value), "E", "S");
      server.says("1", "2", "D 1", "C SELECT 1", "Z I");
      acme.gets("1", "2", "D 1", "C SELECT 1", "Z I");
      ends(standIn);
    }
  }

  private static byte[] bytes(int number, int bytes) {
    byte[] all = new byte[bytes];
    for (int i = 0; i < 4; i++) {
      all[bytes - 1 - i] = (byte) (number >> 8 * i);
    }
    return all;
  }

  /** A Bind with one binary value. */
  private static byte[] bind(byte[] value) {
    ByteBuffer all = ByteBuffer.allocate(5 + 2 + 4 + 2 + 4 + value.length + 2);
    all.put((byte) 'B').putInt(all.capacity() - 1).putShort((short) 0);
    all.putShort((short) 1).putShort((short) 1).putShort((short) 1);
    return all.putInt(value.length).put(value).putShort((short) 0).array();
  }

  private static String shown(int number, byte[] like) {
    return new String(bytes(number, like.length), StandardCharsets.UTF_8);
  }

  @WireTest(Mode.TRANSACTION)
  void eachValueIsReadInItsOwnFormat(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = wire.server();
    String parse = "P - select $1, $2, $3, $4, pg_cancel_backend($5)";
    byte[] digits = String.valueOf(acme.process()).getBytes(StandardCharsets.US_ASCII);
    byte[] number = bytes(acme.process(), 4);
    acme.sends(parse);
    // A name in binary, nothing, nobody's number, digits as text, and the number in binary.
    acme.sendsBytes(bind(new int[] {1, 0, 1, 0, 1}, digits, NULL, bytes(77, 4), digits, number));
    acme.sends("E", "S").getsNothing();
    ScriptedServer standIn = standIn(wire, 1).says("C SET", "N 00000 waits");
    ScriptedServer second = wire.servers().get(2);
    assertThat(second.isAskedFor()).contains("pg_catalog.pg_sleep(20)");
    second.says("C SET", "N 00000 waits");
    List<String> values =
        List.of(
            String.valueOf(acme.process()),
            "null",
            shown(77, number),
            number(standIn),
            shown(second.process(), number));
    server.sees(parse, "B - " + String.join("|", values), "E", "S");
    server.says("1", "2", "D 1", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I");
    ends(standIn);
    ends(second);
  }

  /** A Bind of values in formats of their own. */
  private static byte[] bind(int[] formats, byte[]... values) {
    ByteBuffer all = ByteBuffer.allocate(1_000);
    all.put((byte) 'B').putInt(0).putShort((short) 0).putShort((short) formats.length);
    for (int format : formats) {
      all.putShort((short) format);
    }
    all.putShort((short) values.length);
    for (byte[] value : values) {
      all.putInt(value == NULL ? -1 : value.length).put(value);
    }
    all.putShort((short) 0);
    all.putInt(1, all.position() - 1);
    return Arrays.copyOf(all.array(), all.position());
  }
}
