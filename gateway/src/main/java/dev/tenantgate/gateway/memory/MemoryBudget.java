package dev.tenantgate.gateway.memory;

import dev.tenantgate.config.LimitSettings;
import io.netty.channel.Channel;
import io.netty.util.internal.PlatformDependent;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory for what clients have sent and the gateway can't pass on yet: parts of messages that
 * have to be seen whole, and what is sent ahead. It is counted as it arrives. When the budget is
 * used up a client that has more than a little of it isn't read until others have given theirs
 * back; those with little have a reserve. A client that has much and sends nothing more for 2 s
 * makes room for those that wait, with 53200. A length in a header takes nothing.
 *
 * <p>Netty counts direct memory by itself ({@code io.netty.maxDirectMemory} in the launcher), so
 * that no event loop waits for it in {@code java.nio.Bits}. Thread-safe.
 */
public final class MemoryBudget {

  /** So much a client may have while the budget is used up. */
  static final int LITTLE_BYTES = 16 * 1024;

  /** The share beyond the budget of clients that have little: a fourth of it. */
  private static final int RESERVE_DIVISOR = 4;

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final Queue<ClientMemory> waiting = new ConcurrentLinkedQueue<>();

  /** The clients that have more than a little. */
  private final Set<ClientMemory> large = ConcurrentHashMap.newKeySet();

  /** A budget of so many bytes. */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** By the settings; half of what there may be of direct memory, where they leave it to that. */
  public static MemoryBudget of(LimitSettings settings) {
    return new MemoryBudget(
        settings.clientMebibytes() > 0
            ? (long) settings.clientMebibytes() << 20
            : PlatformDependent.maxDirectMemory() / 2);
  }

  /** The account of a new client, closed with its connection. */
  public ClientMemory open(Channel client) {
    ClientMemory memory = new ClientMemory(this, client);
    memory.attach();
    return memory;
  }

  /** Bound and use, for metrics. */
  public Bound metered() {
    return new Bound("client_bytes", () -> limit, used::get);
  }

  boolean allows(int own) {
    long now = used.get();
    return now < limit || (own <= LITTLE_BYTES && now < limit + limit / RESERVE_DIVISOR);
  }

  void changed(ClientMemory client, int before, int after) {
    long now = used.addAndGet(after - before);
    if (after > LITTLE_BYTES && before <= LITTLE_BYTES) {
      large.add(client);
    } else if (after <= LITTLE_BYTES && before > LITTLE_BYTES) {
      large.remove(client);
    }
    if (after < before && now < limit) {
      wake();
    }
  }

  void await(ClientMemory client) {
    waiting.add(client);
    if (allows(client.bytes())) {
      wake(); // given back in the same moment
    }
  }

  void forget(ClientMemory client) {
    waiting.remove(client);
  }

  private void wake() {
    for (ClientMemory next = waiting.poll(); next != null; next = waiting.poll()) {
      next.wake();
    }
  }

  /** The one that has much and has been silent for longest, at least for so long. */
  @Nullable ClientMemory silent(long nanos) {
    ClientMemory found = null;
    for (ClientMemory client : large) {
      if (client.silentNanos() >= nanos
          && (found == null || client.silentNanos() > found.silentNanos())) {
        found = client;
      }
    }
    return found;
  }
}
