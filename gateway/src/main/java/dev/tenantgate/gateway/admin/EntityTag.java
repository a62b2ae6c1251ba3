package dev.tenantgate.gateway.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The weak tag of an answer (RFC 9110, 8.8.3), by the values that it tells. Confined to one thread.
 */
final class EntityTag {

  /** FNV-1a's, for 64 bits. */
  private static final long PRIME = 0x100000001b3L;

  private long hash = 0xcbf29ce484222325L;

  /** Takes a value that equals itself whenever the answer is the same. */
  EntityTag add(@Nullable Object value) {
    hash = (hash ^ Objects.hashCode(value)) * PRIME;
    // A multiplication carries upwards alone.
    hash ^= hash >>> 32;
    return this;
  }

  String text() {
    return "W/\"" + Long.toHexString(hash) + "\"";
  }

  /** Whether one of the tags in a header If-None-Match is this one. */
  static boolean isAmong(String header, String tag) {
    if (header.strip().equals("*")) {
      return true;
    }
    for (String each : header.split(",", -1)) {
      if (opaque(each.strip()).equals(opaque(tag))) {
        return true;
      }
    }
    return false;
  }

  private static String opaque(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
