package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.config.TcpSettings;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.connect.TcpOptions;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.testing.ServersAt;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both sides' sockets have the options that the settings give, by each transport. */
class TcpOptionsTest {

  private static final TcpSettings SETTINGS =
      new TcpSettings(Duration.ofSeconds(71), Duration.ofSeconds(13), 4, Duration.ofMillis(45_600));

  private static void assertSet(Channel channel, TcpOptions options) {
    assertOption(channel, ChannelOption.SO_KEEPALIVE, true);
    assertOption(channel, options.idle(), 71);
    assertOption(channel, options.interval(), 13);
    assertOption(channel, options.count(), 4);
    assertOption(channel, options.userTimeout(), 45_600);
  }

  private static <T> void assertOption(
      Channel channel, @Nullable ChannelOption<T> option, T value) {
    if (option != null) {
      assertThat(channel.config().getOption(option)).as(option.name()).isEqualTo(value);
    }
  }

  private static boolean isThere(Transport transport) {
    try {
      return Transport.of(ListenSettings.Transport.valueOf(transport.name())) == transport;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void areSet(Transport transport) throws Exception {
    assumeTrue(isThere(transport));
    TcpOptions options = transport.tcpOptions();
    EventLoopGroup loops = transport.newEventLoops(1, "tcp-options");
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    try {
      Channel listening =
          new ServerBootstrap()
              .group(loops)
              .channelFactory(transport.serverChannels())
              .childOption(ChannelOption.SO_KEEPALIVE, true)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      options.set(channel, SETTINGS);
                      accepted.complete(channel);
                    }
                  })
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      int port = ((InetSocketAddress) listening.localAddress()).getPort();
      assertSet(connected(transport, loops, port), options);
      assertSet(accepted.get(10, TimeUnit.SECONDS), options);
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static Channel connected(Transport transport, EventLoopGroup loops, int port)
      throws Exception {
    BackendConnector connector =
        new BackendConnector(
            transport,
            ServersAt.hosts("127.0.0.1", port),
            new OutboundBudget(1 << 20),
            new AdaptiveRecvByteBufAllocator());
    connector.reconfigure(SETTINGS);
    CompletableFuture<Channel> connected = new CompletableFuture<>();
    connector.connect(
        loops.next(),
        new ChannelInboundHandlerAdapter(),
        new BackendConnector.Listener() {
          @Override
          public void backendConnected(Channel backend, boolean encrypted) {
            connected.complete(backend);
          }

          @Override
          public void backendUnreachable(Report report) {
            connected.completeExceptionally(new IllegalStateException(report.toString()));
          }
        });
    return connected.get(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource
  void lackingOnesAreNamed(Transport transport) {
    assertThat(transport.tcpOptions().lacking("listen", SETTINGS))
        .isEqualTo(
            switch (transport) {
              case EPOLL, IO_URING -> List.of();
              case NIO -> List.of("listen.tcp-user-timeout");
              case KQUEUE ->
                  List.of(
                      "listen.keepalive.idle",
                      "listen.keepalive.interval",
                      "listen.keepalive.count",
                      "listen.tcp-user-timeout");
            });
    assertThat(transport.tcpOptions().lacking("listen", TcpSettings.DEFAULT)).isEmpty();
  }
}
