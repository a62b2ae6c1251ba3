package dev.tenantgate.gateway.scan;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How the bytes of a client's texts are read, by its {@code client_encoding}, which every server
 * reports. Immutable.
 *
 * @param charset the encoding; UTF-8 where the bytes pass unconverted and nobody knows better
 * @param asciiSafe whether a byte below 0x80 always is that ASCII character; in SJIS, BIG5, GBK,
 *     UHC, JOHAB and GB18030 it may be the second byte of a letter, a quote or backslash among them
 */
public record ClientEncoding(Charset charset, boolean asciiSafe) {

  public static final ClientEncoding UTF_8 = new ClientEncoding(StandardCharsets.UTF_8, true);

  /** Java's names for those whose letters hide ASCII. */
  private static final Map<String, String> UNSAFE =
      Map.of(
          "SJIS", "windows-31j",
          "SHIFTJIS2004", "x-SJIS_0213",
          "BIG5", "x-windows-950",
          "GBK", "GBK",
          "UHC", "x-windows-949",
          "JOHAB", "x-Johab",
          "GB18030", "GB18030");

  private static final Map<String, String> SAFE =
      Map.ofEntries(
          Map.entry("LATIN1", "ISO-8859-1"),
          Map.entry("LATIN2", "ISO-8859-2"),
          Map.entry("LATIN3", "ISO-8859-3"),
          Map.entry("LATIN4", "ISO-8859-4"),
          Map.entry("LATIN5", "ISO-8859-9"),
          Map.entry("LATIN7", "ISO-8859-13"),
          Map.entry("LATIN9", "ISO-8859-15"),
          Map.entry("ISO88595", "ISO-8859-5"),
          Map.entry("ISO88596", "ISO-8859-6"),
          Map.entry("ISO88597", "ISO-8859-7"),
          Map.entry("ISO88598", "ISO-8859-8"),
          Map.entry("KOI8R", "KOI8-R"),
          Map.entry("KOI8U", "KOI8-U"),
          Map.entry("WIN", "windows-1251"),
          Map.entry("WIN866", "IBM866"),
          Map.entry("WIN874", "x-windows-874"),
          Map.entry("EUCJP", "EUC-JP"),
          Map.entry("EUCKR", "EUC-KR"),
          Map.entry("EUCCN", "GB2312"),
          Map.entry("EUCTW", "x-EUC-TW"));

  private static final Pattern PUNCTUATION = Pattern.compile("[^A-Z0-9]");

  /** The encoding of a value of {@code client_encoding}, as the server reports it. */
  public static ClientEncoding of(String clientEncoding) {
    if (clientEncoding.equals("UTF8")) {
      return UTF_8;
    }
    String name = PUNCTUATION.matcher(clientEncoding.toUpperCase(Locale.ROOT)).replaceAll("");
    String unsafe = UNSAFE.get(name);
    if (unsafe != null) {
      return new ClientEncoding(charset(unsafe), false);
    }
    if (name.startsWith("WIN12")) {
      return new ClientEncoding(charset("windows-" + name.substring(3)), true);
    }
    String safe = SAFE.get(name);
    return safe == null ? UTF_8 : new ClientEncoding(charset(safe), true);
  }

  /** Where the runtime lacks one, letters are lost; what is ASCII still reads as it should. */
  private static Charset charset(String name) {
    return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.ISO_8859_1;
  }
}
