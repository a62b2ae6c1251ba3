package dev.tenantgate.gateway.notification;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
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

  /** The subscribers of a channel. */
  Set<Subscriber> of(String channel) {
    return channels.getOrDefault(channel, Set.of());
  }

  /**
   * Notes on what else a session listens from now on, and on what no more.
   *
   * @return the statements that the server has to be sent for that; empty if none
   */
  String change(Subscriber subscriber, Collection<String> added, Collection<String> removed) {
    StringBuilder sql = new StringBuilder();
    Set<String> own = subscribers.computeIfAbsent(subscriber, first -> new HashSet<>());
    for (String channel : added) {
      if (own.add(channel)) {
        if (!channels.containsKey(channel)) {
          sql.append("LISTEN ").append(quoted(channel)).append(';');
        }
        channels.computeIfAbsent(channel, first -> new HashSet<>(2)).add(subscriber);
      }
    }
    for (String channel : removed) {
      if (own.remove(channel)) {
        leave(subscriber, channel, sql);
      }
    }
    if (own.isEmpty()) {
      subscribers.remove(subscriber);
    }
    return sql.toString();
  }

  /**
   * Notes that a session that is over doesn't listen on some of its channels any more.
   *
   * @param most how many of them
   * @return the statements that the server has to be sent for that; empty if none
   */
  String end(Subscriber subscriber, int most) {
    StringBuilder sql = new StringBuilder();
    Iterator<String> own = subscribers.getOrDefault(subscriber, Set.of()).iterator();
    for (int i = 0; i < most && own.hasNext(); i++) {
      String channel = own.next();
      own.remove();
      leave(subscriber, channel, sql);
    }
    if (!own.hasNext()) {
      subscribers.remove(subscriber);
    }
    return sql.toString();
  }

  /** Whether a session listens on anything. */
  boolean has(Subscriber subscriber) {
    return subscribers.containsKey(subscriber);
  }

  private void leave(Subscriber subscriber, String channel, StringBuilder sql) {
    Set<Subscriber> all = channels.get(channel);
    if (all != null && all.remove(subscriber) && all.isEmpty()) {
      channels.remove(channel);
      sql.append("UNLISTEN ").append(quoted(channel)).append(';');
    }
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
