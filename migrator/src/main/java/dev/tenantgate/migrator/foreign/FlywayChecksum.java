package dev.tenantgate.migrator.foreign;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/**
 * Flyway's checksum of a file: CRC32 over its lines without their ends, and without a byte order
 * mark. Stateless.
 */
final class FlywayChecksum {

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private FlywayChecksum() {}

  /** A file's, as its history writes it; empty if it can't be read. */
  static String of(Path file) {
    try {
      CRC32 crc = new CRC32();
      String text = Files.readString(file, StandardCharsets.UTF_8);
      String plain =
          !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
      plain.lines().forEach(line -> crc.update(line.getBytes(StandardCharsets.UTF_8)));
      return Integer.toString((int) crc.getValue());
    } catch (IOException e) {
      return "";
    }
  }
}
