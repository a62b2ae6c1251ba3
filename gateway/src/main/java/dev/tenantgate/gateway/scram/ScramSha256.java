package dev.tenantgate.gateway.scram;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The functions of RFC 5802, section 2.2, with SHA-256 for the hash. Stateless. */
final class ScramSha256 {

  /** Bytes of a hash, and of every key. */
  static final int KEY_BYTES = 32;

  private static final String HMAC = "HmacSHA256";

  // To find an algorithm among the providers takes longer than a login's few hashes by it.
  private static final ThreadLocal<MessageDigest> HASHES =
      ThreadLocal.withInitial(ScramSha256::newHash);
  private static final ThreadLocal<Mac> MACS = ThreadLocal.withInitial(ScramSha256::newMac);

  private ScramSha256() {}

  /** H(text). */
  static byte[] hash(byte[] text) {
    return HASHES.get().digest(text);
  }

  private static MessageDigest newHash() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** HMAC(key, text). */
  static byte[] hmac(byte[] key, byte[] text) {
    return mac(key).doFinal(text);
  }

  /** HMAC(key, text) of ASCII text. */
  static byte[] hmac(byte[] key, String text) {
    return hmac(key, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Hi(text, salt, iterations), which is PBKDF2 with one block of output. */
  static byte[] hi(byte[] text, byte[] salt, int iterations) {
    Mac mac = mac(text);
    byte[] last = mac.doFinal(ByteBuffer.allocate(salt.length + 4).put(salt).putInt(1).array());
    byte[] result = last.clone();
    for (int i = 1; i < iterations; i++) {
      last = mac.doFinal(last);
      xorInto(result, last);
    }
    return result;
  }

  static byte[] xor(byte[] left, byte[] right) {
    byte[] result = left.clone();
    xorInto(result, right);
    return result;
  }

  private static void xorInto(byte[] result, byte[] other) {
    for (int i = 0; i < result.length; i++) {
      result[i] ^= other[i];
    }
  }

  /** The thread's own, with another key. */
  private static Mac mac(byte[] key) {
    Mac mac = MACS.get();
    try {
      // Java refuses an empty key; HMAC pads with zeros, so one zero is the same.
      mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, HMAC));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(HMAC + " takes any key", e);
    }
  }

  private static Mac newMac() {
    try {
      return Mac.getInstance(HMAC);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }
}
