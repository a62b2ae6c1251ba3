package dev.tenantgate.gateway.session;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Things that may happen to many clients at once, each worth a line of the log only now and then
 * for each address. Thread-safe.
 */
final class RepeatedEvents {

  /** Of more pairs the rest are told together. */
  private static final int MOST = 1024;

  private record Key(Object what, @Nullable InetAddress from) {}

  private final LongSupplier nanoTime;
  private final Map<Key, RepeatedEvent> events = new ConcurrentHashMap<>();

  RepeatedEvents(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * It happened.
   *
   * @param what of a kind that there are few of
   * @param from whom; null for a client whose address isn't known
   * @return how often since it was last told, this time included; 0 if it is too soon to tell again
   */
  int happened(Object what, @Nullable SocketAddress from) {
    InetAddress address = from instanceof InetSocketAddress inet ? inet.getAddress() : null;
    Key key = new Key(what, address);
    RepeatedEvent event = events.get(key);
    if (event == null) {
      if (events.size() >= MOST) {
        events.values().removeIf(RepeatedEvent::isOver);
      }
      event =
          events.computeIfAbsent(
              events.size() >= MOST ? new Key(what, null) : key,
              any -> new RepeatedEvent(nanoTime));
    }
    return event.happened();
  }
}
