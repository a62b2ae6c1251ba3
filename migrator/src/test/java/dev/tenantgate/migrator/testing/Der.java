package dev.tenantgate.migrator.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;

/** The few kinds of ASN.1 values that a certificate is made of, encoded by DER. Stateless. */
final class Der {

  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Der() {}

  /** A value with its tag and its length; more than one part are put one behind the other. */
  static byte[] value(int tag, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = body.size();
    if (length < 0x80) {
      whole.write(length);
    } else {
      byte[] digits = BigInteger.valueOf(length).toByteArray();
      int from = digits[0] == 0 ? 1 : 0;
      whole.write(0x80 | digits.length - from);
      whole.write(digits, from, digits.length - from);
    }
    whole.writeBytes(body.toByteArray());
    return whole.toByteArray();
  }

  static byte[] sequence(byte[]... parts) {
    return value(0x30, parts);
  }

  static byte[] integer(BigInteger number) {
    return value(0x02, number.toByteArray());
  }

  /** An object identifier whose encoding is given in hexadecimal digits. */
  static byte[] identifier(String hex) {
    return value(0x06, HexFormat.of().parseHex(hex));
  }

  /** A bit string of whole bytes. */
  static byte[] bits(byte[] bytes) {
    return value(0x03, new byte[1], bytes);
  }

  static byte[] time(Instant instant) {
    return value(0x17, UTC_TIME.format(instant).getBytes(US_ASCII));
  }

  /** A distinguished name that has a common name alone. */
  static byte[] commonName(String name) {
    return sequence(value(0x31, sequence(identifier("550403"), value(0x0c, name.getBytes(UTF_8)))));
  }
}
