package dev.tenantgate.gateway.notification;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which sessions listen on which channels of one connection. Confined to its event loop. */
final class Subscriptions {

  private final Map<String, Set<Subscriber>> channels = new HashMap<>();
  private final Map<Subscriber, Set<String>> subscribers = new HashMap<>();

  boolean isEmpty() {
    return subscribers.isEmpty();
  }

  /** Those who listen on a channel. */
  Set<Subscriber> of(String channel) {
    return channels.getOrDefault(channel, Set.of());
  }

  /**
   * Notes what a session listens on from now on.
   *
   * @return the statements that the server has to be sent for that; empty if none
   */
  String change(Subscriber subscriber, Set<String> wanted) {
    Set<String> before = subscribers.getOrDefault(subscriber, Set.of());
    StringBuilder sql = new StringBuilder();
    for (String channel : wanted) {
      if (!before.contains(channel)) {
        if (!channels.containsKey(channel)) {
          sql.append("LISTEN ").append(quoted(channel)).append(';');
        }
        channels.computeIfAbsent(channel, first -> new HashSet<>(2)).add(subscriber);
      }
    }
    for (String channel : before) {
      Set<Subscriber> all = channels.get(channel);
      if (!wanted.contains(channel) && all != null && all.remove(subscriber) && all.isEmpty()) {
        channels.remove(channel);
        sql.append("UNLISTEN ").append(quoted(channel)).append(';');
      }
    }
    if (wanted.isEmpty()) {
      subscribers.remove(subscriber);
    } else {
      subscribers.put(subscriber, wanted);
    }
    return sql.toString();
  }

  /** Nobody listens any more; returns those who did. */
  List<Subscriber> clear() {
    List<Subscriber> all = List.copyOf(subscribers.keySet());
    channels.clear();
    subscribers.clear();
    return all;
  }

  private static String quoted(String channel) {
    return '"' + channel.replace("\"", "\"\"") + '"';
  }
}
