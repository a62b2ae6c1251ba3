package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.config.NetworkAddress;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InheritedSocketsTest {

  private EventLoopGroup loops;

  @BeforeEach
  void begin() {
    assumeTrue(Epoll.isAvailable());
    loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterEach
  void end() {
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private UnixChannel listen(
      Class<? extends io.netty.channel.ServerChannel> type, SocketAddress at) {
    Channel channel =
        new io.netty.bootstrap.ServerBootstrap()
            .group(loops)
            .channel(type)
            .childHandler(new ChannelInboundHandlerAdapter())
            .bind(at)
            .syncUninterruptibly()
            .channel();
    return (UnixChannel) channel;
  }

  @Test
  void socketsAreToldByWhereTheyListen() throws IOException {
    Path file = Files.createTempDirectory("tg").resolve("socket");
    UnixChannel tcp =
        listen(
            EpollServerSocketChannel.class,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    UnixChannel unix =
        listen(EpollServerDomainSocketChannel.class, new DomainSocketAddress(file.toString()));
    int port = ((InetSocketAddress) tcp.localAddress()).getPort();
    InheritedSockets inherited = InheritedSockets.fromSystemd(Map.of());
    assertThat(inherited.isEmpty()).isTrue();

    inherited.add(unix.fd().intValue());
    inherited.add(tcp.fd().intValue());

    assertThat(inherited.take(new NetworkAddress("0.0.0.0", port + 1))).isEmpty();
    assertThat(inherited.take(file.resolveSibling("other"))).isEmpty();
    assertThat(inherited.take(new NetworkAddress("0.0.0.0", port))).hasValue(tcp.fd().intValue());
    assertThat(inherited.take(file)).hasValue(unix.fd().intValue());
    assertThat(inherited.isEmpty()).isTrue();
    tcp.close().syncUninterruptibly();
    unix.close().syncUninterruptibly();
    Files.delete(file.getParent());
  }

  /** As a parent leaves them in the environment that were meant for itself. */
  @Test
  void anotherProcessesSocketsAreLeftAlone() throws IOException {
    assertThat(InheritedSockets.fromSystemd(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "1")).isEmpty())
        .isTrue();
  }

  @Test
  void descriptorThatIsNoSocketIsRefused() throws IOException {
    FileDescriptor file = FileDescriptor.from(Files.createTempFile("tg", "").toFile());

    assertThatThrownBy(() -> InheritedSockets.fromSystemd(Map.of()).add(file.intValue()))
        .hasMessageContaining("is no socket");

    file.close();
  }

  @Test
  void descriptorThatBlocksDoesNotAnyMore() throws IOException {
    try (ServerSocket blocking = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int descriptor = descriptorOf(blocking.getLocalPort());

      assertThat(NonBlocking.is(descriptor)).isFalse();
      InheritedSockets inherited = InheritedSockets.fromSystemd(Map.of());

      inherited.add(descriptor);

      assertThat(NonBlocking.is(descriptor)).isTrue();
      assertThat(inherited.take(new NetworkAddress("127.0.0.1", blocking.getLocalPort())))
          .hasValue(descriptor);
    }
  }

  private static int descriptorOf(int port) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(InheritedSocketsTest::isSocket)
          .mapToInt(each -> Integer.parseInt(String.valueOf(each.getFileName())))
          .filter(
              each -> {
                InetSocketAddress at = new Socket(each).localAddress();
                return at != null && at.getPort() == port;
              })
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // it is closed again, as the one that lists them
    }
  }
}
