package dev.tenantgate.gateway.auth;

import dev.tenantgate.gateway.scram.ScramVerifier;
import org.jspecify.annotations.Nullable;

/** The stored form of a user's password. None shows itself when printed. */
sealed interface UserSecret {

  /** The password itself. */
  record Plain(String password) implements UserSecret {
    @Override
    public String toString() {
      return "Plain";
    }
  }

  /**
   * PostgreSQL's MD5 hash: good for a backend that asks for it, not for checking a client by SCRAM.
   *
   * @param digits the 32 hexadecimal digits behind {@code md5}
   */
  record Md5(String digits) implements UserSecret {
    @Override
    public String toString() {
      return "Md5";
    }
  }

  /** A verifier of SCRAM-SHA-256. */
  record Scram(ScramVerifier verifier) implements UserSecret {}

  /**
   * Reads a secret as it stands in {@code pg_authid} or in a user list.
   *
   * @return null for an empty one, which lets nobody in
   * @throws IllegalArgumentException for what begins as a verifier and isn't one; the message
   *     doesn't repeat it
   */
  static @Nullable UserSecret parse(String text) {
    if (text.isEmpty()) {
      return null;
    }
    if (text.startsWith(ScramVerifier.PREFIX)) {
      ScramVerifier verifier = ScramVerifier.parse(text);
      if (verifier == null) {
        throw new IllegalArgumentException(
            "the SCRAM secret is not SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey");
      }
      return new Scram(verifier);
    }
    if (text.length() == 35 && text.matches("md5[0-9a-f]{32}")) {
      return new Md5(text.substring(3));
    }
    return new Plain(text);
  }
}
