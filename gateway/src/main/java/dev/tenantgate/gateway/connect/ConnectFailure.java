package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Says why there is no connection to a server. A server whose TLS isn't as the settings want it
 * doesn't get better by waiting: that is {@linkplain Report#lasting lasting}, and no outage.
 * Stateless.
 */
final class ConnectFailure {

  private static final int DEEPEST = 20;

  private ConnectFailure() {}

  /** The server answers, and TLS doesn't come about. */
  static final class TlsRefused extends IOException {

    private static final long serialVersionUID = 1;

    TlsRefused(String message) {
      super(message);
    }
  }

  static Report report(Server server, Throwable cause) {
    if (cause instanceof RefusedLogin refused) {
      return refused.report();
    }
    Report failure =
        Report.fatal(SqlState.CONNECTION_FAILURE, "could not connect to the backend " + server);
    return isAboutTls(cause)
        ? failure
            .asLasting()
            .withDetail(tlsReason(cause))
            .withHint("Check the server's TLS, and sslmode and sslrootcert of database.url.")
        : failure.withDetail(reason(server, cause));
  }

  private static String reason(Server server, Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return "timed out";
    }
    if (cause instanceof UnknownHostException) {
      return "the host name \"%s\" can't be resolved".formatted(server.host().host());
    }
    return String.valueOf(cause.getMessage());
  }

  /** Whether the server's TLS is the cause, and not a connection that broke meanwhile. */
  private static boolean isAboutTls(Throwable cause) {
    return cause instanceof TlsRefused
        || untrusted(cause) != null
        || (cause instanceof SSLException && !broke(cause));
  }

  private static String tlsReason(Throwable cause) {
    Throwable untrusted = untrusted(cause);
    return untrusted == null
        ? String.valueOf(cause.getMessage())
        : "The server's certificate isn't trusted: " + untrusted.getMessage();
  }

  /** The fault of a certificate; null if that isn't the cause. */
  private static @Nullable Throwable untrusted(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof CertificateException
          || cause instanceof CertPathBuilderException
          || cause instanceof CertPathValidatorException
          || cause instanceof SSLPeerUnverifiedException) {
        return cause;
      }
      cause = cause.getCause();
    }
    return null;
  }

  /** Netty tells of a connection that ended in the handshake by an SSLException as well. */
  private static boolean broke(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof ClosedChannelException
          || (cause instanceof IOException && !(cause instanceof SSLException))
          || String.valueOf(cause.getMessage()).startsWith("Connection closed while SSL/TLS")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
