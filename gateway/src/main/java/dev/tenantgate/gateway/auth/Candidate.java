package dev.tenantgate.gateway.auth;

import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.scram.ScramKeys;
import dev.tenantgate.gateway.scram.ScramServer;
import dev.tenantgate.gateway.scram.ScramVerifier;
import org.jspecify.annotations.Nullable;

/**
 * The user that a client claims to be, with the secret that proves it. A user who doesn't exist is
 * a candidate like any other, and fails at the end: its salt is made from {@code auth.salt-secret},
 * its number of iterations is the usual one. Nothing that takes milliseconds (PBKDF2) runs while a
 * client is looked up. Immutable.
 */
public final class Candidate {

  private final ScramVerifier verifier;
  private final boolean doomed;
  private final @Nullable String password;

  private Candidate(ScramVerifier verifier, boolean doomed, @Nullable String password) {
    this.verifier = verifier;
    this.doomed = doomed;
    this.password = password;
  }

  static Candidate of(ScramVerifier verifier) {
    return new Candidate(verifier, false, null);
  }

  static Candidate of(ScramKeys keys, String password) {
    return new Candidate(keys.verifier(), false, password);
  }

  /** Somebody who can't log in, whatever the reason. */
  static Candidate nobody(byte[] salt, int iterations) {
    return new Candidate(ScramVerifier.unmatchable(salt, iterations), true, null);
  }

  /** A new exchange with the client. */
  public ScramServer exchange() {
    return new ScramServer(verifier, doomed);
  }

  /**
   * The credential for a client that has proved to be this user: its password where it is stored,
   * else the keys that its proof gave away.
   *
   * @param proven from the exchange
   */
  public BackendCredential credential(ScramKeys proven) {
    return password == null
        ? new BackendCredential.Scram(proven)
        : new BackendCredential.Password(password);
  }
}
