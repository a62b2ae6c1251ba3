package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.notification.Notification;
import dev.tenantgate.gateway.settings.NameSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * New channels of a client on their way from the lent backend to the connection that listens for
 * all. Both hear them for a moment, and each the notifications of one queue of the server's in its
 * order. The backend hears all from the COMMIT to its UNLISTEN, and the other connection all from
 * its LISTEN in between: the first that this one hears are the last that the backend has heard.
 * They are told once, as the backend's. Event-loop confined.
 */
final class ListenHandover {

  /** What the backend has heard since the client had it listen, in its order. */
  private final List<Notification> heard = new ArrayList<>(0);

  /** What the other connection has heard, from the first of the new channels' on. */
  private final Deque<Notification> behind = new ArrayDeque<>(0);

  private final Set<String> channels = new NameSet();
  private boolean underWay;
  private boolean heardMeanwhile;

  /** The other connection is asked to listen; the backend still does. */
  void begin(Collection<String> added) {
    underWay = true;
    heardMeanwhile = false;
    channels.addAll(added);
  }

  boolean isUnderWay() {
    return underWay;
  }

  /** Whether a channel is one that both listen on. */
  boolean concerns(String channel) {
    return channels.contains(channel);
  }

  /** The backend was notified. */
  void heardByBackend(Notification notification) {
    heard.add(notification);
    heardMeanwhile |= underWay;
  }

  /**
   * The other connection was notified.
   *
   * @return whether it is kept here: all that the backend hears has its place in front of it
   */
  boolean keeps(Notification notification) {
    if (!underWay || (behind.isEmpty() && !concerns(notification.channel()))) {
      return false;
    }
    behind.add(notification);
    return true;
  }

  /**
   * Whether the other connection may still hear something that the backend has. If it was sent
   * before this began, the other connection had heard it by the time it listened.
   */
  boolean mayBeHeardAgain() {
    return heardMeanwhile;
  }

  /** The backend listens no more, and the other connection has heard all that it has. */
  void end(Consumer<Notification> toldNext, Consumer<Notification> toldAlready) {
    int next = heard.isEmpty() ? -1 : 0;
    for (Notification each : behind) {
      int same = next >= 0 && concerns(each.channel()) ? find(each, next) : -1;
      if (same >= 0) {
        next = same + 1;
        toldAlready.accept(each);
      } else {
        next = concerns(each.channel()) ? -1 : next; // the backend has heard nothing behind it
        toldNext.accept(each);
      }
    }
    clear();
  }

  private int find(Notification wanted, int from) {
    for (int i = from; i < heard.size(); i++) {
      if (wanted.isSame(heard.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** Nobody is told anything any more. */
  void clear() {
    heard.clear();
    behind.clear();
    channels.clear();
    underWay = false;
    heardMeanwhile = false;
  }
}
