package dev.tenantgate.gateway.startup;

import dev.tenantgate.config.ListenTls;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.startup.LoginLimits.Stage;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards clients: whether they get it, and as whom. As PostgreSQL has it: TLS 1.2 or newer, no
 * client certificates, and a client that names application protocols has to name {@code
 * postgresql}. Thread-safe.
 */
public final class FrontendTls {

  /** The protocol's name in ALPN, which direct TLS needs. */
  static final String APPLICATION_PROTOCOL = "postgresql";

  private final ListenTls.Mode mode;
  private final @Nullable SslContext context;
  private final @Nullable X509Certificate certificate;
  private final Executor threads;

  private FrontendTls(
      ListenTls.Mode mode,
      @Nullable SslContext context,
      @Nullable X509Certificate certificate,
      Executor threads) {
    this.mode = mode;
    this.context = context;
    this.certificate = certificate;
    this.threads = threads;
  }

  /** No TLS: for clients whose bytes don't leave this machine. */
  public static FrontendTls none() {
    return new FrontendTls(ListenTls.Mode.DISABLE, null, null, Runnable::run);
  }

  /**
   * As the settings say; the files are read now.
   *
   * @param threads where signatures are made, which take milliseconds
   * @throws SettingsException if certificate or key can't be used; the message names the key
   */
  public static FrontendTls of(ListenTls settings, Executor threads) throws SettingsException {
    Path file = settings.certificate();
    Path key = settings.key();
    if (settings.mode() == ListenTls.Mode.DISABLE || file == null || key == null) {
      return new FrontendTls(ListenTls.Mode.DISABLE, null, null, threads);
    }
    ServerCertificate certificate =
        ServerCertificate.read(file, key, "listen.tls.certificate", "listen.tls.key");
    return new FrontendTls(settings.mode(), context(certificate), certificate.own(), threads);
  }

  private static SslContext context(ServerCertificate certificate) {
    try {
      return SslContextBuilder.forServer(certificate.key(), certificate.chain())
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.FATAL_ALERT,
                  SelectedListenerFailureBehavior.ACCEPT,
                  APPLICATION_PROTOCOL))
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("a certificate that could be read can't be used", e);
    }
  }

  /** Whether a client that asks for TLS gets it. */
  public boolean isOffered() {
    return mode != ListenTls.Mode.DISABLE;
  }

  /** Whether a client that doesn't is refused. */
  public boolean isRequired() {
    return mode == ListenTls.Mode.REQUIRE;
  }

  /** The certificate that clients are shown; null where TLS isn't offered. */
  public @Nullable X509Certificate certificate() {
    return certificate;
  }

  /**
   * The connection speaks TLS from here on. Where too many shake hands already, the connection
   * isn't read until there is room. Called on its event loop.
   *
   * @param begun called there, once the handler is in its place
   */
  public void begin(Channel channel, Consumer<SslHandler> begun) {
    LoginSlot slot = LoginSlot.of(channel);
    if (slot.enter(Stage.HANDSHAKE)) {
      begun.accept(begin(channel, slot));
      return;
    }
    channel.config().setAutoRead(false);
    slot.awaitHandshake(
        () ->
            channel
                .eventLoop()
                .execute(
                    () -> {
                      if (channel.isActive()) {
                        begun.accept(begin(channel, slot));
                        channel.config().setAutoRead(true);
                      }
                    }));
  }

  private SslHandler begin(Channel channel, LoginSlot slot) {
    SslHandler handler =
        Objects.requireNonNull(context, "TLS isn't offered").newHandler(channel.alloc(), threads);
    // A client that says in TLS that no more will come has left, as one whose connection ends.
    handler
        .sslCloseFuture()
        .addListener(
            (Future<Channel> closed) -> {
              if (closed.isSuccess()) {
                channel.close();
              }
            });
    handler.handshakeFuture().addListener(done -> slot.leave(Stage.HANDSHAKE));
    channel.pipeline().addFirst(handler);
    return handler;
  }

  /** Whether what a channel carries is encrypted, or about to be. */
  public static boolean protects(Channel channel) {
    return channel.pipeline().get(SslHandler.class) != null;
  }
}
