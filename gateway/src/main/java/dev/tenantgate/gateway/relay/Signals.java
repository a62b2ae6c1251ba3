package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Calls of {@code pg_terminate_backend} and {@code pg_cancel_backend} with the number that a client
 * was told to be its process. The server gets the number of a process that stands in for it; both
 * take the same bytes, for a client's number always has ten digits. Event-loop confined.
 */
final class Signals {

  private static final int DIGITS = 10;
  private static final int BINARY = 1;

  private final Relay relay;
  private final Processes processes;
  private @Nullable Map<Integer, Integer> standIns;
  private boolean waiting;

  Signals(Relay relay, Processes processes) {
    this.relay = relay;
    this.processes = processes;
  }

  /** Whether the message at hand waits for a process. */
  boolean isWaiting() {
    return waiting;
  }

  /** Whether a statement may signal a process that only the gateway knows. */
  static boolean areIn(ScannedQuery query) {
    return !query.isEmpty() && query.has(EffectKind.SIGNAL_BACKEND);
  }

  /** Replaces such numbers in a query's text; whether it may go on, or has to wait. */
  boolean pass(ScannedQuery query, ByteBuf text, int from, int bytes) {
    return !areIn(query) || replaceIn(text, from, bytes);
  }

  private boolean replaceIn(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    int at = from;
    while (at < end) {
      int start = at;
      while (at < end && isDigit(text.getByte(at))) {
        at++;
      }
      if (at - start == DIGITS && !replaceText(text, start)) {
        return false;
      }
      at++;
    }
    return true;
  }

  /** Replaces such numbers among the values of a Bind, which begin behind its names. */
  boolean replaceInValues(ByteBuf values) {
    int at = values.readerIndex();
    int end = values.writerIndex();
    if (end - at < 2) {
      return true;
    }
    int formats = values.getUnsignedShort(at);
    int formatsAt = at + 2;
    at = formatsAt + 2 * formats;
    int count = at + 2 <= end ? values.getUnsignedShort(at) : 0;
    at += 2;
    for (int i = 0; i < count && at + 4 <= end; i++) {
      int bytes = values.getInt(at);
      at += 4;
      boolean binary =
          formats > 0 && values.getShort(formatsAt + (formats == 1 ? 0 : 2 * i)) == BINARY;
      if (bytes > 0 && at + bytes <= end && !replaceValue(values, at, bytes, binary)) {
        return false;
      }
      at += Math.max(0, bytes);
    }
    return true;
  }

  private boolean replaceValue(ByteBuf values, int at, int bytes, boolean binary) {
    if (!binary) {
      return replaceIn(values, at, bytes);
    }
    if (bytes == Integer.BYTES || (bytes == Long.BYTES && values.getInt(at) == 0)) {
      int number = at + bytes - Integer.BYTES;
      Integer standIn = standInFor(values.getInt(number));
      if (standIn == null) {
        return false;
      }
      values.setInt(number, standIn);
    }
    return true;
  }

  private boolean replaceText(ByteBuf text, int at) {
    long number = 0;
    for (int i = 0; i < DIGITS; i++) {
      number = 10 * number + (text.getByte(at + i) - '0');
    }
    if (number > Integer.MAX_VALUE) {
      return true;
    }
    Integer standIn = standInFor((int) number);
    if (standIn == null) {
      return false;
    }
    int rest = standIn;
    for (int i = DIGITS - 1; i >= 0; i--) {
      text.setByte(at + i, '0' + rest % 10);
      rest /= 10;
    }
    return true;
  }

  /** The number to be sent for one; null if that has to be waited for. */
  private @Nullable Integer standInFor(int number) {
    if (!processes.isClients(number)) {
      return number;
    }
    Integer known = standIns == null ? null : standIns.remove(number);
    if (known != null) {
      return known;
    }
    waiting = true;
    processes.standIn(
        number,
        relay.frontend().channel().eventLoop(),
        found -> {
          waiting = false;
          Map<Integer, Integer> all = standIns;
          if (all == null) {
            all = new HashMap<>(2);
            standIns = all;
          }
          all.put(number, found == 0 ? number : found);
          relay.goOn();
        });
    return null;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
