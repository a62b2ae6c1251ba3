package dev.tenantgate.gateway.admin;

import dev.tenantgate.config.AdminSettings;
import dev.tenantgate.config.AdminTls;
import dev.tenantgate.config.ListenTls;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.startup.ServerCertificate;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protection of {@code admin.address}: its TLS and its tokens. Immutable; swapped whole at a
 * reload, for the connections and requests to come.
 */
public final class AdminSecurity {

  private static final Logger log = LoggerFactory.getLogger(AdminSecurity.class);

  /** Neither. */
  static final AdminSecurity NONE = new AdminSecurity(ListenTls.Mode.DISABLE, null, null);

  private final ListenTls.Mode mode;
  private final @Nullable SslContext context;
  private final @Nullable AdminTokens tokens;

  private AdminSecurity(
      ListenTls.Mode mode, @Nullable SslContext context, @Nullable AdminTokens tokens) {
    this.mode = mode;
    this.context = context;
    this.tokens = tokens;
  }

  /**
   * As the settings say; the files are read now.
   *
   * @throws SettingsException if one of them can't be used; the message names the key
   */
  public static AdminSecurity read(AdminSettings settings) throws SettingsException {
    Path tokenFile = settings.tokenFile();
    AdminTokens tokens = tokenFile == null ? null : AdminTokens.read(tokenFile);
    AdminTls tls = settings.tls();
    Path certificate = tls.certificate();
    Path key = tls.key();
    SslContext context =
        tls.mode() == ListenTls.Mode.DISABLE || certificate == null || key == null
            ? null
            : context(
                ServerCertificate.read(certificate, key, "admin.tls.certificate", "admin.tls.key"));
    return new AdminSecurity(
        context == null ? ListenTls.Mode.DISABLE : tls.mode(), context, tokens);
  }

  /** Says what an operator may not have meant, of an address that others reach. */
  public void warn(AdminSettings settings) {
    if (settings.address().isLoopback()) {
      return;
    }
    if (tokens == null) {
      log.atWarn()
          .addKeyValue("address", settings.address())
          .log("whoever reaches the admin port may start migrations; see admin.token-file");
    } else if (mode != ListenTls.Mode.REQUIRE) {
      log.atWarn()
          .addKeyValue("address", settings.address())
          .log("tokens reach the admin port unencrypted; see admin.tls.mode");
    }
  }

  private static SslContext context(ServerCertificate certificate) {
    try {
      return SslContextBuilder.forServer(certificate.key(), certificate.chain())
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("a certificate that could be read can't be used", e);
    }
  }

  /** The tokens that are needed; null if none is. */
  @Nullable AdminTokens tokens() {
    return tokens;
  }

  /**
   * The handler that decrypts a connection's bytes; null if they aren't encrypted.
   *
   * @param threads where signatures are made, which take milliseconds
   */
  @Nullable ChannelHandler decryption(ByteBufAllocator buffers, Executor threads) {
    SslContext tls = context;
    if (tls == null) {
      return null;
    }
    return mode == ListenTls.Mode.REQUIRE
        ? tls.newHandler(buffers, threads)
        : new OptionalSslHandler(tls) {
          @Override
          protected SslHandler newSslHandler(ChannelHandlerContext ctx, SslContext sslContext) {
            return sslContext.newHandler(ctx.alloc(), threads);
          }
        };
  }
}
