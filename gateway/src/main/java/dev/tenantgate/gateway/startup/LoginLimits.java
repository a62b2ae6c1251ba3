package dev.tenantgate.gateway.startup;

import dev.tenantgate.config.LimitSettings;
import dev.tenantgate.gateway.memory.Bound;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many clients that haven't logged in there may be, of one address and in all, at each {@link
 * Stage}. The newest one beyond a bound is turned away. So strangers take a share of the memory and
 * no more, and one address leaves room for the others. Thread-safe; each call is a few additions
 * under one lock.
 */
public final class LoginLimits {

  /** A step before the end of a login, with bounds of its own. */
  public enum Stage {
    /** From the connection's first moment to AuthenticationOk, or to the connection's end. */
    LOGIN(0),
    /** The TLS handshake, which keeps some 100 KB. */
    HANDSHAKE(1),
    /** A message of which a part has come. */
    PARTIAL(2),
    /** An auth query that this client is the first to ask for. */
    LOOKUP(3);

    final int index;

    Stage(int index) {
      this.index = index;
    }
  }

  private static final int STAGES = Stage.values().length;

  /** The bytes of a connection before its login: objects of its pipeline, buffers, the exchange. */
  private static final long PLAIN_BYTES = 16 * 1024;

  /** The same with TLS. */
  private static final long ENCRYPTED_BYTES = 64 * 1024;

  private static final int LEAST_LOGINS = 256;
  private static final int MOST_LOGINS = 10_000;
  private static final int MOST_PARTIAL = 256;
  private static final int MOST_LOOKUPS = 1_000;

  private final Object lock = new Object();
  private final int[] used = new int[STAGES];
  private final Map<Object, int[]> usedByAddress = new HashMap<>();

  /** The clients that wait for a handshake, in the order in which they came. */
  private final Deque<Waiter> waiters = new ArrayDeque<>();

  private int[] bounds = new int[STAGES];
  private int[] boundsOfAddress = new int[STAGES];

  private record Waiter(LoginSlot slot, Runnable go) {}

  /**
   * The bounds that the settings ask for.
   *
   * @param encrypted whether clients may ask for TLS, which takes more memory
   * @param heapBytes how large the heap may get
   */
  public LoginLimits(LimitSettings settings, boolean encrypted, long heapBytes) {
    reconfigure(settings, encrypted, heapBytes);
  }

  /** Takes other bounds; nobody is turned away who is there already. */
  public void reconfigure(LimitSettings settings, boolean encrypted, long heapBytes) {
    int logins = settings.logins() > 0 ? settings.logins() : logins(encrypted, heapBytes);
    int ofAddress =
        settings.loginsPerAddress() > 0
            ? Math.min(logins, settings.loginsPerAddress())
            : Math.max(1, logins / 2);
    synchronized (lock) {
      bounds = bounds(logins);
      boundsOfAddress = new int[STAGES];
      for (int stage = 0; stage < STAGES; stage++) {
        long share = (long) bounds[stage] * ofAddress / logins;
        boundsOfAddress[stage] = (int) Math.max(1, share);
      }
    }
  }

  private static int logins(boolean encrypted, long heapBytes) {
    long fitting = heapBytes / 4 / (encrypted ? ENCRYPTED_BYTES : PLAIN_BYTES);
    return (int) Math.max(LEAST_LOGINS, Math.min(MOST_LOGINS, fitting));
  }

  private static int[] bounds(int logins) {
    int[] bounds = new int[STAGES];
    for (Stage stage : Stage.values()) {
      bounds[stage.index] =
          switch (stage) {
            case LOGIN -> logins;
            case HANDSHAKE -> Math.max(1, logins / 8);
            case PARTIAL -> Math.min(MOST_PARTIAL, Math.max(1, logins / 8));
            case LOOKUP -> Math.min(MOST_LOOKUPS, logins);
          };
    }
    return bounds;
  }

  /**
   * Takes a client in.
   *
   * @return its place, to be left at the end of its login or its connection; null if it is turned
   *     away
   */
  public @Nullable LoginSlot admit(SocketAddress address) {
    LoginSlot slot = new LoginSlot(this, addressKey(address));
    return slot.enter(Stage.LOGIN) ? slot : null;
  }

  /** An IPv6 client has a network of 64 bits to itself, and may come from each of its addresses. */
  private static Object addressKey(SocketAddress address) {
    InetAddress ip = address instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (ip == null) {
      return "";
    }
    return ip instanceof Inet6Address ? ByteBuffer.wrap(ip.getAddress()).getLong() : ip;
  }

  boolean enter(LoginSlot slot, Stage stage) {
    synchronized (lock) {
      return slot.isIn(stage) || take(slot, stage);
    }
  }

  private boolean take(LoginSlot slot, Stage stage) {
    int at = stage.index;
    int[] ofAddress = usedByAddress.computeIfAbsent(slot.address(), any -> new int[STAGES]);
    boolean free = used[at] < bounds[at] && ofAddress[at] < boundsOfAddress[at];
    if (free && !slot.isReleased()) {
      used[at]++;
      ofAddress[at]++;
      slot.mark(stage);
      return true;
    }
    if (ofAddress[Stage.LOGIN.index] == 0) {
      usedByAddress.remove(slot.address());
    }
    return false;
  }

  void leave(LoginSlot slot, Stage stage) {
    synchronized (lock) {
      giveBack(slot, stage);
      wake();
    }
  }

  private void giveBack(LoginSlot slot, Stage stage) {
    if (slot.isIn(stage)) {
      slot.unmark(stage);
      used[stage.index]--;
      int[] ofAddress = usedByAddress.get(slot.address());
      if (ofAddress != null && --ofAddress[stage.index] == 0 && stage == Stage.LOGIN) {
        usedByAddress.remove(slot.address());
      }
    }
  }

  /** The client leaves all stages, the first one last. */
  void release(LoginSlot slot) {
    synchronized (lock) {
      slot.markReleased();
      waiters.removeIf(waiter -> waiter.slot == slot);
      for (Stage stage : List.of(Stage.LOOKUP, Stage.PARTIAL, Stage.HANDSHAKE, Stage.LOGIN)) {
        giveBack(slot, stage);
      }
      wake();
    }
  }

  /** Queues for a handshake; {@code go} is called under the lock, once this slot has room. */
  void awaitHandshake(LoginSlot slot, Runnable go) {
    synchronized (lock) {
      waiters.add(new Waiter(slot, go));
      wake();
    }
  }

  private void wake() {
    if (used[Stage.HANDSHAKE.index] >= bounds[Stage.HANDSHAKE.index]) {
      return;
    }
    for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
      Waiter waiter = all.next();
      if (take(waiter.slot, Stage.HANDSHAKE)) {
        all.remove();
        waiter.go.run();
        return;
      }
    }
  }

  /** Bound and use of each stage, for metrics. */
  public List<Bound> metered() {
    return List.of(
        bound("logins", Stage.LOGIN),
        bound("tls_handshakes", Stage.HANDSHAKE),
        bound("partial_login_messages", Stage.PARTIAL),
        bound("auth_lookups", Stage.LOOKUP));
  }

  private Bound bound(String of, Stage stage) {
    return new Bound(of, () -> limit(stage), () -> used(stage));
  }

  /** How many there may be at a stage. */
  public int limit(Stage stage) {
    synchronized (lock) {
      return bounds[stage.index];
    }
  }

  /** How many there are at a stage. */
  public int used(Stage stage) {
    synchronized (lock) {
      return used[stage.index];
    }
  }
}
