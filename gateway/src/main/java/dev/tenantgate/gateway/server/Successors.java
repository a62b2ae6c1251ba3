package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.server.UnixListener.Place;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The takeover socket of this gateway: whoever connects to it is given the listening socket
 * (SCM_RIGHTS), and says when it accepts clients itself. One that goes away before has changed
 * nothing. Only this user may connect. Thread-safe.
 */
final class Successors {

  private static final Logger log = LoggerFactory.getLogger(Successors.class);

  /** The one byte that a successor says. */
  static final byte TAKEN_OVER = 'T';

  private static final int OWNER_ONLY = 0600;

  private final int descriptor;
  private final Runnable takenOver;
  private final AtomicBoolean done = new AtomicBoolean();
  private final UnixListener listener;

  private Successors(
      Transport transport, EventLoopGroup loops, Path file, int descriptor, Runnable takenOver)
      throws IOException {
    this.descriptor = descriptor;
    this.takenOver = takenOver;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.unixServerChannels())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Successor());
                  }
                });
    this.listener =
        UnixListener.bind(
            transport, bootstrap, new Place("shutdown.takeover-socket", file, OWNER_ONLY, false));
  }

  /**
   * Opens the socket.
   *
   * @param descriptor the listening socket
   * @param takenOver called on an event loop, once
   * @throws IOException if the file can't be had; the message names key and file
   */
  static Successors await(
      Transport transport, EventLoopGroup loops, Path file, int descriptor, Runnable takenOver)
      throws IOException {
    return new Successors(transport, loops, file, descriptor, takenOver);
  }

  /** Nobody may take over any more. */
  void close() {
    listener.close();
  }

  /** One that may take over. Event-loop confined. */
  private final class Successor extends SimpleChannelInboundHandler<ByteBuf> {

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(new FileDescriptor(descriptor))
          .addListener(
              (ChannelFuture written) -> {
                if (!written.isSuccess()) {
                  log.atWarn().setCause(written.cause()).log("the socket can't be handed over");
                  ctx.close();
                }
              });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
      if (message.isReadable()
          && message.readByte() == TAKEN_OVER
          && done.compareAndSet(false, true)) {
        // The file goes first: the successor opens its own as soon as this connection is closed.
        listener.closeSoon();
        takenOver.run();
        ctx.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!done.get()) {
        log.info("another gateway asked for the sockets, and went away without taking over");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.atDebug().setCause(cause).log("a successor's connection failed");
      ctx.close();
    }
  }
}
