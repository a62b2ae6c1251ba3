package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.protocol.CancelKey;
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
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The takeover socket of this gateway: a process that connects to it is given the listening socket
 * (SCM_RIGHTS), and says when it accepts clients itself. One that goes away before has changed
 * nothing. The one that has taken over is told how many clients are left here, and may have their
 * queries cancelled. Only this user may connect. Thread-safe.
 */
final class Successors {

  private static final Logger log = LoggerFactory.getLogger(Successors.class);

  private static final long TELL_MILLIS = 1_000;

  private static final int OWNER_ONLY = 0600;

  private final int descriptor;
  private final Heir heir;
  private final AtomicBoolean done = new AtomicBoolean();
  private final UnixListener listener;

  /** This gateway's clients, as the next one may know of them and cancel them. */
  interface Heir {

    /** It accepts clients. Called once, on an event loop. */
    void takenOver();

    /** How many clients there are still, here and at the gateways before this one. */
    int clients();

    /** Cancels what the client of a key does, if it is one of these. */
    void cancel(CancelKey key, Runnable done);
  }

  private Successors(
      Transport transport, EventLoopGroup loops, Path file, int descriptor, Heir heir)
      throws IOException {
    this.descriptor = descriptor;
    this.heir = heir;
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.unixServerChannels())
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(TakeoverMessage.decoder(), new Successor());
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
   * @param heir asked for by the one that takes over
   * @throws IOException if the file can't be had; the message names key and file
   */
  static Successors await(
      Transport transport, EventLoopGroup loops, Path file, int descriptor, Heir heir)
      throws IOException {
    return new Successors(transport, loops, file, descriptor, heir);
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
      switch (message.readByte()) {
        case TakeoverMessage.TAKEN_OVER -> {
          if (done.compareAndSet(false, true)) {
            takeOver(ctx.channel());
          }
        }
        case TakeoverMessage.CANCEL -> {
          int number = message.readInt();
          heir.cancel(
              CancelKey.read(message),
              () -> TakeoverMessage.send(ctx.channel(), TakeoverMessage.CANCELLED, number));
        }
        default -> log.debug("a successor's message isn't understood");
      }
    }

    private void takeOver(Channel channel) {
      // The file goes first: the successor opens its own as soon as it knows.
      listener.closeSoon();
      heir.takenOver();
      TakeoverMessage.send(channel, TakeoverMessage.RELEASED);
      ScheduledFuture<?> telling =
          channel
              .eventLoop()
              .scheduleAtFixedRate(
                  () -> TakeoverMessage.send(channel, TakeoverMessage.CLIENTS, heir.clients()),
                  0,
                  TELL_MILLIS,
                  TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(closed -> telling.cancel(false));
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
