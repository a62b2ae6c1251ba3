package dev.tenantgate.gateway.testing.wire;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The other end of one of the gateway's connections. Confined to a test's thread. */
abstract class Peer {

  private final WireChannel channel;
  private final Splitting splitting;
  private final Random random = new Random(20_261_129);
  private byte[] toGateway = new byte[0];
  private byte[] fromGateway = new byte[0];
  private boolean closing;

  Peer(WireChannel channel, Splitting splitting) {
    this.channel = channel;
    this.splitting = splitting;
  }

  WireChannel channel() {
    return channel;
  }

  /** Sends bytes, which the gateway reads when it wants to. */
  final void send(byte[] bytes) {
    toGateway = joined(toGateway, bytes);
  }

  /** Closes this side behind what was sent. */
  final void close() {
    closing = true;
  }

  /** Has the gateway read once, if there is anything to read; whether there was. */
  final boolean deliver() {
    if (toGateway.length == 0) {
      if (closing && channel.isOpen() && channel.isReading()) {
        channel.readEnd();
        return true;
      }
      return false;
    }
    if (!channel.isOpen()) {
      toGateway = new byte[0];
      return false;
    }
    if (!channel.isReading()) {
      return false;
    }
    List<byte[]> pieces = splitting.read(toGateway, random);
    int taken = channel.read(pieces.toArray(byte[][]::new));
    int bytes = pieces.stream().limit(taken).mapToInt(piece -> piece.length).sum();
    toGateway = Arrays.copyOfRange(toGateway, bytes, toGateway.length);
    return true;
  }

  /** Takes what the gateway has written, if it has; whether it had. */
  final boolean collect() {
    byte[] written = channel.takeWritten();
    if (written.length > 0) {
      fromGateway = joined(fromGateway, written);
      int end = parse(fromGateway);
      fromGateway = Arrays.copyOfRange(fromGateway, end, fromGateway.length);
    }
    if (channel.isEnded() && !closing && noticesEnd()) {
      closing = true;
      return true;
    }
    return written.length > 0;
  }

  /** Whether the gateway has said all that it will say. */
  final boolean isEnded() {
    return channel.isEnded();
  }

  /** Whether this side has closed, or is about to. */
  final boolean isClosing() {
    return closing;
  }

  /** The gateway has stopped in the middle of a message, as it had to. */
  final void forgetPartial() {
    if (fromGateway.length == 0) {
      throw new AssertionError("there is no part of a message");
    }
    fromGateway = new byte[0];
  }

  /** Bytes that the gateway has sent and that are no whole message yet. */
  final int partial() {
    return fromGateway.length;
  }

  /** Whether this side closes at once when the gateway has. */
  abstract boolean noticesEnd();

  /** Reads whole messages; the number of their bytes. */
  abstract int parse(byte[] bytes);

  private static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(first.length + second.length);
    all.writeBytes(first);
    all.writeBytes(second);
    return all.toByteArray();
  }
}
