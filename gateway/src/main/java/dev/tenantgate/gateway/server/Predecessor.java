package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.protocol.CancelKey;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollDomainSocketChannelConfig;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway whose listening socket this one takes over, while both run. It goes on accepting
 * clients, from the same queue in the kernel, until it is told that this one does. From then on it
 * tells how many clients it still has, and is asked about the keys of cancel requests that nobody
 * here knows. Thread-safe.
 */
final class Predecessor {

  private static final Logger log = LoggerFactory.getLogger(Predecessor.class);

  /** How long it may take to answer. */
  private static final long SECONDS = 5;

  private final Channel channel;
  private final int descriptor;
  private final Reader reader;

  private Predecessor(Channel channel, int descriptor, Reader reader) {
    this.channel = channel;
    this.descriptor = descriptor;
    this.reader = reader;
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
      int descriptor = reader.descriptor.get(SECONDS, TimeUnit.SECONDS);
      return new Predecessor(connected.channel(), descriptor, reader);
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
    TakeoverMessage.send(channel, TakeoverMessage.TAKEN_OVER);
    try {
      reader.released.get(SECONDS, TimeUnit.SECONDS);
      channel.closeFuture().addListener(closed -> reader.hasLeft());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      channel.close();
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn().setCause(e).log("the gateway before this one doesn't say that it has let go");
      channel.close();
    }
  }

  /** How many clients it still has; 0 once it is gone. */
  int clients() {
    return channel.isOpen() ? reader.clients : 0;
  }

  /**
   * Has it cancel what the client of a key does, if that is one of its clients, or of the gateway
   * before it.
   *
   * @param done told once that is carried out, or can't be
   */
  void cancel(CancelKey key, Runnable done) {
    channel.eventLoop().execute(() -> reader.cancel(channel, key, done));
  }

  /** This gateway doesn't start after all, or ends: the other one goes on. */
  void abandon() {
    if (channel.isOpen()) {
      channel.close();
    }
  }

  /** Takes the descriptor that comes, then messages. Event-loop confined, but for what is said. */
  private static final class Reader extends ChannelInboundHandlerAdapter {

    final CompletableFuture<Integer> descriptor = new CompletableFuture<>();
    final CompletableFuture<Void> released = new CompletableFuture<>();

    /** Read on any thread. */
    volatile int clients;

    private final Map<Integer, Runnable> cancels = new HashMap<>();
    private int number;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      if (message instanceof FileDescriptor received) {
        if (descriptor.complete(received.intValue())) {
          ((EpollDomainSocketChannelConfig) ctx.channel().config())
              .setReadMode(DomainSocketReadMode.BYTES);
          ctx.pipeline().addBefore(ctx.name(), null, TakeoverMessage.decoder());
        } else {
          received.close();
        }
      } else if (message instanceof ByteBuf bytes) {
        try {
          read(bytes);
        } finally {
          bytes.release();
        }
      }
    }

    private void read(ByteBuf message) {
      switch (message.readByte()) {
        case TakeoverMessage.RELEASED -> released.complete(null);
        case TakeoverMessage.CLIENTS -> clients = message.readInt();
        case TakeoverMessage.CANCELLED -> {
          Runnable done = cancels.remove(message.readInt());
          if (done != null) {
            done.run();
          }
        }
        default -> log.debug("a message of the gateway before this one isn't understood");
      }
    }

    void cancel(Channel channel, CancelKey key, Runnable done) {
      if (channel.isActive()) {
        cancels.put(++number, done);
        TakeoverMessage.sendCancel(channel, number, key);
      } else {
        done.run();
      }
    }

    void hasLeft() {
      log.info("the gateway before this one has ended");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      IOException end = new IOException("it closed the connection");
      descriptor.completeExceptionally(end);
      released.completeExceptionally(end);
      List<Runnable> left = List.copyOf(cancels.values());
      cancels.clear();
      left.forEach(Runnable::run);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      descriptor.completeExceptionally(cause);
      ctx.close();
    }
  }
}
