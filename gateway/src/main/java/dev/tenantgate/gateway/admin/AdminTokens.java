package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.auth.SecretFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of {@code admin.token-file}, by their hashes (RFC 6750). Immutable.
 *
 * <p>A line has a name, {@code read-only} or {@code full}, and the token or {@code sha256:} and its
 * hash. A token is random and long, so a hash of one round hides it.
 */
final class AdminTokens {

  private static final String KEY = "admin.token-file";
  private static final String HASHED = "sha256:";
  private static final int SHORTEST = 16;
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  /** RFC 6750's characters of a token. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9\\-._~+/]+=*");

  private static final String BEARER = "bearer ";

  private final List<Entry> entries;

  /** The right that a token gives. */
  enum Right {
    READ_ONLY("read-only"),
    FULL("full");

    private final String word;

    Right(String word) {
      this.word = word;
    }
  }

  /**
   * One that may come in.
   *
   * @param name in the log, of the token that was shown
   */
  record Holder(String name, Right right) {}

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Entry(Holder holder, byte[] hash) {}

  private AdminTokens(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Reads the file.
   *
   * @throws SettingsException with every line that can't be used; tokens aren't repeated
   */
  static AdminTokens read(Path file) throws SettingsException {
    return parse(file.toString(), new SecretFile(KEY, file, 1, "tokens").read());
  }

  /** Reads the content of a file, which errors name. */
  static AdminTokens parse(String name, String content) throws SettingsException {
    List<Entry> entries = new ArrayList<>();
    List<SettingsError> errors = new ArrayList<>();
    int number = 0;
    for (String line : content.lines().toList()) {
      number++;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      try {
        entries.add(entry(text.split("\\s+")));
      } catch (IllegalArgumentException e) {
        errors.add(new SettingsError(KEY, name + ":" + number, String.valueOf(e.getMessage())));
      }
    }
    if (entries.isEmpty() && errors.isEmpty()) {
      errors.add(new SettingsError(KEY, name, "must have a token: NAME read-only|full TOKEN"));
    }
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
    return new AdminTokens(entries);
  }

  private static Entry entry(String[] words) {
    if (words.length != 3) {
      throw new IllegalArgumentException("a line must be NAME read-only|full TOKEN");
    }
    return new Entry(new Holder(words[0], right(words[1])), hash(words[2]));
  }

  private static Right right(String word) {
    for (Right right : Right.values()) {
      if (right.word.equals(word)) {
        return right;
      }
    }
    throw new IllegalArgumentException("must be read-only or full, was \"%s\"".formatted(word));
  }

  private static byte[] hash(String token) {
    if (token.startsWith(HASHED)) {
      String digits = token.substring(HASHED.length());
      if (!HASH.matcher(digits).matches()) {
        throw new IllegalArgumentException("sha256: must be followed by 64 hexadecimal digits");
      }
      return HexFormat.of().parseHex(digits);
    }
    if (token.length() < SHORTEST) {
      throw new IllegalArgumentException(
          "a token must have %d characters or more; `openssl rand -hex 32` makes one"
              .formatted(SHORTEST));
    }
    if (!TOKEN.matcher(token).matches()) {
      throw new IllegalArgumentException("a token may have letters, digits and -._~+/=");
    }
    return digest(token);
  }

  /**
   * The holder of the token in a header Authorization; null if it is none of these. Takes the same
   * time whichever it is.
   */
  @Nullable Holder holder(@Nullable String authorization) {
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return null;
    }
    byte[] shown = digest(authorization.substring(BEARER.length()).strip());
    Holder found = null;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.hash, shown)) {
        found = entry.holder;
      }
    }
    return found;
  }

  private static byte[] digest(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
