package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.protocol.CancelKey;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/**
 * A message between two gateways, over the takeover socket: its length in four bytes, its type in
 * one, and what belongs to that. Stateless.
 *
 * <pre>
 *   the next gateway                         the one before it
 *                    ◄── the listening socket (SCM_RIGHTS)
 *   TAKEN_OVER ──►                                             I accept clients
 *                    ◄── RELEASED                              I don't any more
 *   CANCEL number key ──►                                      is the key one of your clients'?
 *                    ◄── CANCELLED number                      the request is carried out, or dropped
 *                    ◄── CLIENTS count                         once a second, until the last has left
 * </pre>
 */
final class TakeoverMessage {

  static final byte TAKEN_OVER = 'T';
  static final byte RELEASED = 'R';
  static final byte CANCEL = 'C';
  static final byte CANCELLED = 'D';
  static final byte CLIENTS = 'S';

  private static final int LONGEST = 1024;
  private static final int LENGTH_BYTES = 4;

  private TakeoverMessage() {}

  /** Gives on each message without its length. */
  static LengthFieldBasedFrameDecoder decoder() {
    return new LengthFieldBasedFrameDecoder(LONGEST, 0, LENGTH_BYTES, -LENGTH_BYTES, LENGTH_BYTES);
  }

  static void send(Channel channel, byte type) {
    send(channel, channel.alloc().buffer().writeInt(0).writeByte(type));
  }

  /** With a count, or the number of a request. */
  static void send(Channel channel, byte type, int number) {
    send(channel, channel.alloc().buffer().writeInt(0).writeByte(type).writeInt(number));
  }

  static void sendCancel(Channel channel, int number, CancelKey key) {
    ByteBuf out = channel.alloc().buffer().writeInt(0).writeByte(CANCEL).writeInt(number);
    key.writeTo(out);
    send(channel, out);
  }

  private static void send(Channel channel, ByteBuf message) {
    channel.writeAndFlush(message.setInt(0, message.readableBytes()), channel.voidPromise());
  }
}
