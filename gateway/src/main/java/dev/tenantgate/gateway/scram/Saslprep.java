package dev.tenantgate.gateway.scram;

import com.ongres.saslprep.SASLprep;
import java.nio.charset.StandardCharsets;

/**
 * Makes a password what both sides hash: RFC 4013, with PostgreSQL's exception. A password that
 * SASLprep prohibits is taken as it is ({@code pg_saslprep} in {@code saslprep.c} and its callers),
 * because passwords were in use before SCRAM was. Stateless.
 */
final class Saslprep {

  private static final SASLprep PROFILE = new SASLprep();

  private Saslprep() {}

  /** The password's bytes to hash. */
  static byte[] prepare(String password) {
    return normalize(password).getBytes(StandardCharsets.UTF_8);
  }

  private static String normalize(String password) {
    if (password.chars().allMatch(c -> c > 0 && c < 128)) {
      return password; // PostgreSQL leaves ASCII alone, control characters included
    }
    try {
      String prepared = PROFILE.prepareStored(password);
      return prepared.isEmpty() ? password : prepared;
    } catch (IllegalArgumentException e) {
      return password;
    }
  }
}
