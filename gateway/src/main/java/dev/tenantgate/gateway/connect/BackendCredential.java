package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.scram.ScramKeys;

/**
 * The secret by which the gateway logs in at a backend for one user. It is always that user's own;
 * nothing falls back on the gateway's account. None shows itself when printed.
 */
public sealed interface BackendCredential {

  /** Nothing: for a server that trusts, as {@code trust} and {@code peer} do. */
  record None() implements BackendCredential {}

  /** The password itself, good for every method that asks for one. */
  record Password(String password) implements BackendCredential {

    @Override
    public String toString() {
      return "Password";
    }
  }

  /**
   * PostgreSQL's MD5 hash of password and name, good for the method {@code md5}.
   *
   * @param digits the 32 hexadecimal digits behind {@code md5}
   */
  record Md5Hash(String digits) implements BackendCredential {

    @Override
    public String toString() {
      return "Md5Hash";
    }
  }

  /** Keys of SCRAM-SHA-256, good where the server has the verifier that they belong to. */
  record Scram(ScramKeys keys) implements BackendCredential {}
}
