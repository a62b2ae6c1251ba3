package dev.tenantgate.gateway.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The gateway whose listening socket this one takes over, while both run. It goes on accepting
 * clients, from the same queue in the kernel, until it is told that this one does. Confined to the
 * start.
 */
final class Predecessor {

  /** How long it may take to answer. */
  private static final long SECONDS = 5;

  private final Channel channel;
  private final int descriptor;

  private Predecessor(Channel channel, int descriptor) {
    this.channel = channel;
    this.descriptor = descriptor;
  }

  /**
   * Asks the gateway that listens on a takeover socket, if there is one.
   *
   * @throws IOException if there is one that doesn't answer, or the socket can't be reached
   */
  static @Nullable Predecessor find(Path socket, EventLoopGroup loops) throws IOException {
    Reader reader = new Reader();
    ChannelFuture connected =
        new Bootstrap()
            .group(loops)
            .channel(EpollDomainSocketChannel.class)
            .option(
                EpollChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
            .handler(reader)
            .connect(new DomainSocketAddress(socket.toString()))
            .awaitUninterruptibly();
    Throwable failure = connected.cause();
    if (failure instanceof FileNotFoundException || failure instanceof ConnectException) {
      return null;
    } else if (failure != null) {
      throw failed(socket, failure);
    }
    try {
      return new Predecessor(connected.channel(), reader.descriptor.get(SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw abandoned(connected.channel(), socket, e);
    } catch (ExecutionException | TimeoutException e) {
      throw abandoned(connected.channel(), socket, e);
    }
  }

  private static IOException abandoned(Channel channel, Path socket, Exception e) {
    channel.close();
    return failed(socket, e);
  }

  private static IOException failed(Path socket, Throwable cause) {
    return new IOException(
        "shutdown.takeover-socket: the process at %s hands nothing over: %s"
            .formatted(socket, cause),
        cause);
  }

  /** Its listening socket, a descriptor of this process's own. */
  int descriptor() {
    return descriptor;
  }

  /** Tells it that this gateway accepts clients, and waits until it has let go of the sockets. */
  void release() {
    channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {Successors.TAKEN_OVER}));
    channel.closeFuture().awaitUninterruptibly(SECONDS, TimeUnit.SECONDS);
    channel.close();
  }

  /** This gateway doesn't start after all: the other one goes on. */
  void abandon() {
    if (channel.isOpen()) {
      channel.close();
    }
  }

  /** Takes the descriptor that comes. Event-loop confined. */
  private static final class Reader extends ChannelInboundHandlerAdapter {

    final CompletableFuture<Integer> descriptor = new CompletableFuture<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      if (message instanceof FileDescriptor received && !descriptor.complete(received.intValue())) {
        received.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      descriptor.completeExceptionally(new IOException("it closed the connection"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      descriptor.completeExceptionally(cause);
      ctx.close();
    }
  }
}
