package dev.tenantgate.gateway.admin;

import io.netty.channel.Channel;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections to the admin port, and the answers under way on them. When there are as many as
 * may be, a new one takes the place of the one that has gone longest without a whole request: so
 * connections that say nothing, or little by little, keep no probe out. Confined to the admin
 * port's event loop.
 */
final class AdminConnections {

  /** More than all kinds of answers may have together. */
  static final int MOST = 256;

  /** Connections by how long they have waited for a request; true while they answer one. */
  private final Map<Channel, Boolean> connections = new LinkedHashMap<>();

  private final Map<RequestKind, Integer> answering = new EnumMap<>(RequestKind.class);

  AdminConnections() {
    Arrays.stream(RequestKind.values()).forEach(kind -> answering.put(kind, 0));
  }

  /** Takes one in; false if there is no room, nor one that could make room. */
  boolean admit(Channel channel) {
    if (connections.size() >= MOST) {
      Channel oldest = oldestThatWaits();
      if (oldest == null) {
        return false;
      }
      connections.remove(oldest);
      oldest.close();
    }
    connections.put(channel, false);
    channel.closeFuture().addListener(closed -> connections.remove(channel));
    return true;
  }

  private @Nullable Channel oldestThatWaits() {
    for (Map.Entry<Channel, Boolean> connection : connections.entrySet()) {
      if (!connection.getValue()) {
        return connection.getKey();
      }
    }
    return null;
  }

  /** A request is complete: its connection stays until it is answered. False if there are many. */
  boolean begin(Channel channel, RequestKind kind) {
    int now = answering.getOrDefault(kind, 0);
    if (now >= kind.most()) {
      return false;
    }
    answering.put(kind, now + 1);
    connections.replace(channel, true);
    return true;
  }

  /** The answer is written, or its connection closed. */
  void end(Channel channel, RequestKind kind) {
    answering.merge(kind, -1, Integer::sum);
    if (connections.remove(channel) != null && channel.isActive()) {
      connections.put(channel, false);
    }
  }

  /** How many there are. */
  int size() {
    return connections.size();
  }

  /** How many answers of a kind are under way. */
  int answering(RequestKind kind) {
    return answering.getOrDefault(kind, 0);
  }
}
