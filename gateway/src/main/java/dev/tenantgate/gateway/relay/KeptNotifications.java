package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.notification.Notification;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The notifications that a client is to be told, and the memory they take. Event-loop confined. */
final class KeptNotifications {

  private final SessionMemory memory;
  private final Deque<Notification> all = new ArrayDeque<>(0);
  private int bytes;

  /** The first that might have been told already, to a client that had taken more. */
  private int due;

  KeptNotifications(SessionMemory memory) {
    this.memory = memory;
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The bytes of all that take memory. */
  int bytes() {
    return bytes;
  }

  /** One more takes memory. */
  void take(Notification notification) {
    bytes += notification.size();
    memory.keep(notification.size(), 0);
  }

  /** One that takes memory is told behind all others. */
  void add(Notification notification) {
    all.add(notification);
  }

  /** One takes no memory any more. */
  void release(Notification notification) {
    bytes -= notification.size();
    memory.give(notification.size(), 0);
  }

  /** The next to be told, which is kept no longer; null for none. */
  @Nullable Notification poll() {
    Notification next = all.poll();
    if (next != null) {
      release(next);
    }
    return next;
  }

  /** All that are left might be told. */
  void areDue() {
    due = all.size();
  }

  /** As of the transaction's end the client isn't told of channels that it has ended. */
  void forget(Collection<String> channels) {
    if (channels.isEmpty() || all.size() <= due) {
      return;
    }
    Set<String> gone = new HashSet<>(channels);
    int number = all.size();
    for (int i = 0; i < number; i++) {
      Notification next = all.remove();
      if (i < due || !gone.contains(next.channel())) {
        all.add(next);
      } else {
        release(next);
      }
    }
  }

  void clear() {
    all.clear();
  }
}
