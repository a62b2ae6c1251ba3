package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards applications ({@code listen.tls.*}).
 *
 * @param mode whether connections are encrypted. Default {@code disable}.
 * @param certificate a PEM file: the gateway's certificate, and those that lead to its authority;
 *     null only where TLS is disabled
 * @param key a PEM file of the certificate's private key (PKCS #8); null only where TLS is disabled
 */
public record ListenTls(Mode mode, @Nullable Path certificate, @Nullable Path key) {

  /** Without TLS. */
  public static final ListenTls DISABLED = new ListenTls(Mode.DISABLE, null, null);

  public ListenTls {
    if (mode != Mode.DISABLE && (certificate == null || key == null)) {
      throw new IllegalArgumentException(
          "listen.tls.mode: %s needs listen.tls.certificate and listen.tls.key"
              .formatted(mode.toString().toLowerCase(Locale.ROOT)));
    }
  }

  /** Whether clients may, or have to, encrypt. */
  public enum Mode {
    /** A client that asks for TLS is told that there is none. */
    DISABLE,
    /** A client that asks for TLS gets it; others aren't made to. */
    ALLOW,
    /** A client that doesn't ask for TLS is refused with 28000. */
    REQUIRE
  }
}
