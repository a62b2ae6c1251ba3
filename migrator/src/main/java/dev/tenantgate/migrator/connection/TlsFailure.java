package dev.tenantgate.migrator.connection;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/** Says in the words of the settings why a server's certificate was refused. Stateless. */
final class TlsFailure {

  private static final int DEEPEST = 20;

  private TlsFailure() {}

  /** The explanation of an error; null if it isn't about a certificate. */
  static @Nullable String describe(Throwable error) {
    @Nullable Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("hostnameverifier") || message.contains("HostnameVerifier")) {
        return "the server's certificate isn't for the host that database.url names; correct the"
            + " host, or use ssl-mode verify-ca";
      }
      if (isAboutTrust(cause)) {
        return "the server's certificate isn't signed by the certificate authority in database.ca"
            + " (the variable CA), or by one that the system trusts where none is given";
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static boolean isAboutTrust(Throwable cause) {
    return cause instanceof CertPathBuilderException
        || cause instanceof CertPathValidatorException
        || cause instanceof CertificateException;
  }
}
