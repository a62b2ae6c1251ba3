package dev.tenantgate.gateway.connect;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/** PostgreSQL's own password hash, from before SCRAM ({@code md5_crypt_verify}). Stateless. */
final class Md5Password {

  private Md5Password() {}

  /** The 32 digits that PostgreSQL stores behind {@code md5}. */
  static String digits(String password, String user) {
    return md5(utf8(password), utf8(user));
  }

  /** The answer to a request with a salt of four bytes. */
  static String answer(String digits, byte[] salt) {
    return "md5" + md5(utf8(digits), salt);
  }

  private static String md5(byte[] first, byte[] second) {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      digest.update(first);
      return HexFormat.of().formatHex(digest.digest(second));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
