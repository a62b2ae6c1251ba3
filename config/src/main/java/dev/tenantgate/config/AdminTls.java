package dev.tenantgate.config;

import dev.tenantgate.config.ListenTls.Mode;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the admin port ({@code admin.tls.*}).
 *
 * @param mode whether requests are encrypted. Default {@code disable}.
 * @param certificate a PEM file: the gateway's certificate, and those that lead to its authority;
 *     null only where TLS is disabled
 * @param key a PEM file of the certificate's private key (PKCS #8); null only where TLS is disabled
 */
public record AdminTls(Mode mode, @Nullable Path certificate, @Nullable Path key) {

  /** Without TLS. */
  public static final AdminTls DISABLED = new AdminTls(Mode.DISABLE, null, null);

  public AdminTls {
    if (mode != Mode.DISABLE && (certificate == null || key == null)) {
      throw new IllegalArgumentException(
          "admin.tls.mode: %s needs admin.tls.certificate and admin.tls.key"
              .formatted(mode.toString().toLowerCase(Locale.ROOT)));
    }
  }
}
