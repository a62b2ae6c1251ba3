package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.DatabaseSettings;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Whether connections to the server are encrypted, and whom they trust: libpq's {@code sslmode} and
 * {@code sslrootcert}. Immutable.
 */
public final class BackendTls {

  private final @Nullable SslContext context;
  private final boolean required;

  private BackendTls(@Nullable SslContext context, boolean required) {
    this.context = context;
    this.required = required;
  }

  /** Plain connections only. */
  public static BackendTls disabled() {
    return new BackendTls(null, false);
  }

  /**
   * As the settings say.
   *
   * @throws IllegalArgumentException if the certificate authority can't be read; the message names
   *     the key
   */
  public static BackendTls of(DatabaseSettings settings) {
    String mode = settings.sslModeInForce();
    if (mode.equals("disable") || mode.equals("allow")) {
      return disabled();
    }
    boolean verifyName = mode.equals("verify-full");
    boolean verifyChain = verifyName || mode.equals("verify-ca");
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              // Netty's default is to check the name; only verify-full does.
              .endpointIdentificationAlgorithm(verifyName ? "HTTPS" : null);
      if (!verifyChain) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      } else {
        trust(builder, settings.ca());
      }
      return new BackendTls(builder.build(), !mode.equals("prefer"));
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException("database.ca: " + e.getMessage(), e);
    }
  }

  private static void trust(SslContextBuilder builder, @Nullable String ca) {
    if (ca == null) {
      return; // the JVM's own authorities
    }
    if (ca.contains("-----BEGIN")) {
      builder.trustManager(new ByteArrayInputStream(ca.getBytes(StandardCharsets.US_ASCII)));
    } else {
      builder.trustManager(new File(ca));
    }
  }

  /** Whether the server is asked for TLS at all. */
  boolean wanted() {
    return context != null;
  }

  /** Whether a server without TLS is refused. */
  boolean required() {
    return required;
  }

  SslContext context() {
    if (context == null) {
      throw new IllegalStateException("TLS is disabled");
    }
    return context;
  }
}
