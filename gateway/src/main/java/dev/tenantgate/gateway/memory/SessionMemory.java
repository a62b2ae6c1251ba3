package dev.tenantgate.gateway.memory;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.concurrent.TimeUnit;

/**
 * How much of the {@link HeapBudget} one session has. It is taken from the budget in pieces, so
 * that nothing that threads share is touched each time. Confined to the session's event loop, but
 * for {@link #bytes}.
 */
public final class SessionMemory {

  private static final AttributeKey<SessionMemory> KEY =
      AttributeKey.valueOf(SessionMemory.class, "memory");

  private static final long SMALL_PIECE = 1024;
  private static final long PIECE = 16 * 1024;

  private final HeapBudget budget;
  private final Channel client;

  /** The bytes that the session answers for, also where others share them. */
  private volatile long bytes;

  /** The bytes that nobody shares. */
  private long own;

  /** The bytes that were taken from the budget for it. */
  private long reserved;

  private boolean closed;

  SessionMemory(HeapBudget budget, Channel client) {
    this.budget = budget;
    this.client = client;
  }

  void attach() {
    client.attr(KEY).set(this);
    client.closeFuture().addListener(closed -> close());
  }

  /** The account of a client's channel. */
  public static SessionMemory of(Channel client) {
    SessionMemory memory = client.attr(KEY).get();
    return memory == null
        ? new HeapBudget(Long.MAX_VALUE / 2, Long.MAX_VALUE / 2).open(client)
        : memory;
  }

  /** The bytes that the session answers for. Thread-safe. */
  public long bytes() {
    return bytes;
  }

  /** Whether the session may keep so many bytes more. */
  public boolean hasRoom(long more) {
    return bytes + more <= budget.share() && budget.allows(bytes, more);
  }

  /**
   * Whether the session keeps far more than it may: how much some things are is known too late to
   * refuse them.
   */
  public boolean isExceeded() {
    return bytes > budget.share() + budget.share() / 4;
  }

  /** Takes bytes for what the session alone keeps; whether there are as many. */
  public boolean take(long more) {
    return take(more, 0);
  }

  /**
   * Takes bytes for what the session keeps; whether there are as many.
   *
   * @param alone bytes of the session's alone
   * @param shared bytes that it answers for, and that are counted elsewhere
   */
  public boolean take(long alone, long shared) {
    if (!hasRoom(alone + shared)) {
      return false;
    }
    keep(alone, shared);
    return true;
  }

  /** The same of what is there already, whether or not there is room for it. */
  public void keep(long alone, long shared) {
    change(alone, alone + shared);
  }

  /** Gives bytes back that were taken. */
  public void give(long alone, long shared) {
    change(-alone, -alone - shared);
  }

  @SuppressWarnings("NonAtomicOperationOnVolatileField") // written by one thread
  private void change(long alone, long all) {
    if (closed) {
      return;
    }
    long before = bytes;
    bytes = before + all;
    budget.sizeChanged(this, before, bytes);
    own += alone;
    if (own > reserved || own < reserved - 2 * PIECE) {
      long piece = own < PIECE ? SMALL_PIECE : PIECE;
      long now = (own + piece - 1) / piece * piece;
      budget.add(now - reserved);
      reserved = now;
    }
  }

  /** Why the session may keep no more of something. */
  public Report refusal(String what) {
    boolean others = bytes + SMALL_PIECE <= budget.share() / 2;
    return new Report(
        Severity.ERROR,
        SqlState.OUT_OF_MEMORY.code(),
        "out of memory for " + what,
        others
            ? "The gateway's sessions keep %d of %d bytes (limits.kept-mebibytes)."
                .formatted(budget.used(), budget.limit())
            : "The session has the gateway keep %d of %d bytes (limits.kept-mebibytes-per-session)."
                .formatted(bytes, budget.share()),
        "Deallocate statements, reset parameters and unlisten where they aren't used any more, or"
            + " raise "
            + (others ? "limits.kept-mebibytes." : "limits.kept-mebibytes-per-session."));
  }

  /** Ends the session. Called on any thread. */
  void evict(Runnable recovered, long afterSeconds) {
    client
        .eventLoop()
        .execute(
            () -> {
              client.pipeline().fireExceptionCaught(ClientMemoryExhausted.ofHeap());
              client.eventLoop().schedule(recovered, afterSeconds, TimeUnit.SECONDS);
            });
  }

  private void close() {
    change(-own, -bytes);
    closed = true;
    budget.add(-reserved);
    reserved = 0;
  }
}
