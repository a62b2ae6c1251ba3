package dev.tenantgate.gateway.memory;

import dev.tenantgate.config.LimitSettings;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The heap for what sessions have the gateway keep from one message to the next: prepared
 * statements, portals, parameters, channels. Each session has a share that it can't exceed; when
 * the whole is used up, those that have little may take a little more. Thread-safe.
 */
public final class HeapBudget {

  /** So much a session may have while the budget is used up. */
  static final int LITTLE_BYTES = 64 * 1024;

  /** The share beyond the budget of sessions that have little: an eighth of it. */
  private static final int RESERVE_DIVISOR = 8;

  /** One session has at most so much of it, unless a setting says otherwise: a fourth. */
  private static final int SHARE_DIVISOR = 4;

  private static final int BALLAST_BYTES = 512 * 1024;

  /** So much later there should be memory again. */
  private static final long RECOVERY_SECONDS = 10;

  private final long limit;
  private final long share;
  private final AtomicLong used = new AtomicLong();

  /** Given up when there is no memory, so that there is some to end a session with. */
  @SuppressWarnings("UnusedVariable")
  private volatile byte @Nullable [] ballast = new byte[BALLAST_BYTES];

  /** The sessions that have more than a little. */
  private final Set<SessionMemory> large = ConcurrentHashMap.newKeySet();

  /**
   * A budget.
   *
   * @param limit bytes that all sessions may have together
   * @param share bytes that one may have
   */
  public HeapBudget(long limit, long share) {
    this.limit = limit;
    this.share = share;
  }

  /**
   * By the settings; half of the heap, where they leave it to that.
   *
   * @param heapBytes the largest that the heap can be
   */
  public static HeapBudget of(LimitSettings settings, long heapBytes) {
    long limit =
        settings.keptMebibytes() > 0 ? (long) settings.keptMebibytes() << 20 : heapBytes / 2;
    long share =
        settings.keptMebibytesPerSession() > 0
            ? (long) settings.keptMebibytesPerSession() << 20
            : limit / SHARE_DIVISOR;
    return new HeapBudget(limit, Math.min(share, limit));
  }

  /** The account of a new session, closed with its connection. */
  public SessionMemory open(Channel client) {
    SessionMemory memory = new SessionMemory(this, client);
    memory.attach();
    return memory;
  }

  /** Bound and use, for metrics. */
  public List<Bound> metered() {
    return List.of(
        new Bound("kept_bytes", () -> limit, used::get),
        new Bound("kept_bytes_of_one", () -> share, this::mostOfOne));
  }

  private long mostOfOne() {
    SessionMemory largest = largest();
    return largest == null ? 0 : largest.bytes();
  }

  /** The session that has most, if that is more than a little. */
  @Nullable SessionMemory largest() {
    SessionMemory found = null;
    for (SessionMemory session : large) {
      if (found == null || session.bytes() > found.bytes()) {
        found = session;
      }
    }
    return found;
  }

  /** There is no heap left: the session that has most of it is ended. Called on any thread. */
  public void relieve() {
    ballast = null;
    SessionMemory session = largest();
    if (session != null) {
      session.evict(() -> ballast = new byte[BALLAST_BYTES], RECOVERY_SECONDS);
    }
  }

  /** Bytes that all sessions may have together. */
  public long limit() {
    return limit;
  }

  /** Bytes that one session may have. */
  public long share() {
    return share;
  }

  /** Bytes that all sessions have. */
  public long used() {
    return used.get();
  }

  /** Whether a session may have so many bytes more. */
  boolean allows(long bytesOfSession, long more) {
    long now = used.get() + more;
    return now <= limit
        || (bytesOfSession + more <= LITTLE_BYTES && now <= limit + limit / RESERVE_DIVISOR);
  }

  /** So many bytes more are in use, or fewer. */
  public void add(long more) {
    used.addAndGet(more);
  }

  void sizeChanged(SessionMemory session, long before, long after) {
    if (after > LITTLE_BYTES && before <= LITTLE_BYTES) {
      large.add(session);
    } else if (after <= LITTLE_BYTES && before > LITTLE_BYTES) {
      large.remove(session);
    }
  }
}
