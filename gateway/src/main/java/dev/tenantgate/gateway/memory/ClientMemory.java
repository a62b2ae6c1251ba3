package dev.tenantgate.gateway.memory;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much of the {@link MemoryBudget} one client has. Confined to the client's event loop, save
 * for what the budget asks.
 */
public final class ClientMemory {

  private static final AttributeKey<ClientMemory> KEY =
      AttributeKey.valueOf(ClientMemory.class, "memory");

  /** For channels that belong to no client. */
  private static final MemoryBudget UNBOUNDED = new MemoryBudget(Long.MAX_VALUE / 2);

  /** How long a client waits before one that is silent is ended for it. */
  private static final long CHECK_MILLIS = 500;

  /** A client that has much and sends nothing for so long makes room. */
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A client waits so long at most. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final MemoryBudget budget;
  private final Channel client;
  private volatile int bytes;
  private volatile long lastGrown = System.nanoTime();
  private volatile boolean evicted;
  private @Nullable Runnable readAgain;
  private @Nullable ScheduledFuture<?> check;
  private long waitingSince;
  private boolean closed;

  ClientMemory(MemoryBudget budget, Channel client) {
    this.budget = budget;
    this.client = client;
  }

  void attach() {
    client.attr(KEY).set(this);
    client.closeFuture().addListener(closed -> close());
  }

  /** The account of a client's channel. */
  public static ClientMemory of(Channel client) {
    ClientMemory memory = client.attr(KEY).get();
    return memory == null ? UNBOUNDED.open(client) : memory;
  }

  int bytes() {
    return bytes;
  }

  long silentNanos() {
    return System.nanoTime() - lastGrown;
  }

  /** The client has so many bytes now. */
  public void holds(int now) {
    int before = bytes;
    if (now != before && (!closed || now == 0)) {
      if (now > before) {
        lastGrown = System.nanoTime();
      }
      bytes = now;
      budget.changed(this, before, now);
    }
  }

  /**
   * Whether the client may be read.
   *
   * @param again called once on its event loop if not, when there may be memory again
   */
  public boolean mayRead(Runnable again) {
    int own = bytes;
    if (own == 0 || budget.allows(own)) {
      if (check != null) {
        stopWaiting();
      }
      return true;
    }
    readAgain = again;
    if (check == null) {
      waitingSince = System.nanoTime();
      check =
          client
              .eventLoop()
              .scheduleWithFixedDelay(
                  this::relieve, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
      budget.await(this);
    }
    return false;
  }

  private void stopWaiting() {
    if (check != null) {
      check.cancel(false);
      check = null;
    }
    readAgain = null;
    budget.forget(this);
  }

  /** Called on any thread. */
  void wake() {
    client.eventLoop().execute(this::goOn);
  }

  private void goOn() {
    Runnable again = readAgain;
    stopWaiting();
    if (again != null) {
      again.run();
    }
  }

  /** Nobody has given memory back: one that sits on it does, or this client gives up. */
  private void relieve() {
    ClientMemory silent = budget.silent(SILENCE_NANOS);
    if (System.nanoTime() - waitingSince > PATIENCE_NANOS) {
      evict();
    } else if (silent != null) {
      silent.evict();
    }
  }

  /** Ends the client. Called on any thread. */
  void evict() {
    if (!evicted) {
      evicted = true;
      client
          .eventLoop()
          .execute(() -> client.pipeline().fireExceptionCaught(ClientMemoryExhausted.ofBuffers()));
    }
  }

  private void close() {
    closed = true;
    stopWaiting();
    holds(0);
  }
}
