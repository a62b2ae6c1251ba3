package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.changelog.Checksum;
import dev.tenantgate.migrator.history.DrainTables.Drained;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The proofs that an announcement is by the process that has marked a schema: they stand in the
 * marks, which nobody can read who may not migrate, and are told to all with the announcement, when
 * they are of no more use. Immutable.
 */
final class DrainProofs {

  private static final int SECRET_BYTES = 32;

  /** Hex digits. */
  private static final int LENGTH = 32;

  private final String secret;

  DrainProofs() {
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    secret = HexFormat.of().formatHex(random);
  }

  /** The proof of one drain. */
  String of(Drained drained) {
    return Checksum.of(secret + drained.token() + " " + drained.schema()).substring(0, LENGTH);
  }
}
