package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.notification.Notification;
import dev.tenantgate.gateway.settings.NameSet;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * New channels of a client on their way from the lent backend to the connection that listens for
 * all. While both listen the backend sends a notification of the gateway's, the mark, which both
 * hear at the same place among all others. Up to that place the client is told what the backend
 * hears, and behind it what the other connection does: each is told once, and in its order.
 * Event-loop confined.
 *
 * <pre>
 *  backend   LISTEN a, COMMIT ── a 1 ── a 2 ── mark ── UNLISTEN
 *  other                   LISTEN a ── a 2 ── mark ── a 3
 *  client                        a 1    a 2           a 3
 * </pre>
 */
final class ListenHandover {

  private final Set<String> channels = new NameSet();

  /** All that the other connection has heard behind the mark. */
  private final Deque<Notification> behind = new ArrayDeque<>(0);

  /** Null while no channels are on their way. */
  private @Nullable String mark;

  private boolean backendHasPassed;
  private boolean otherHasPassed;

  /** Runs once both have heard the mark, and the backend listens no more. */
  private @Nullable Runnable done;

  /** Begins, if there are such channels; the mark, or null. */
  @Nullable String begin(Collection<String> added) {
    if (!added.isEmpty()) {
      channels.addAll(added);
      mark = Long.toHexString(ThreadLocalRandom.current().nextLong());
    }
    return mark;
  }

  /** The mark that tells both how far they are; null if nothing is on its way. */
  @Nullable String mark() {
    return mark;
  }

  /** Whether a channel is on its way. */
  boolean concerns(String channel) {
    return channels.contains(channel);
  }

  /** The backend has heard the mark. */
  void backendPasses() {
    backendHasPassed = true;
  }

  /** Whether the backend has heard the mark; the other connection tells what it hears now. */
  boolean backendHasPassed() {
    return backendHasPassed;
  }

  /** The other connection has heard the mark, or is gone. */
  void otherPasses() {
    otherHasPassed = mark != null;
  }

  /** Whether the backend tells what the other connection hears of a channel. */
  boolean isBackends(String channel) {
    return !otherHasPassed && concerns(channel);
  }

  /** Whether something that the other connection has heard is kept here, to be told later. */
  boolean keeps(Notification notification) {
    if (!otherHasPassed) {
      return false;
    }
    behind.add(notification);
    return true;
  }

  /** The backend listens no more. */
  void backendIsDone(Runnable then) {
    done = then;
  }

  /**
   * Ends if both have heard all up to the mark.
   *
   * @param toldNext gets what was kept
   */
  void endIfDone(Consumer<Notification> toldNext) {
    Runnable then = done;
    if (then != null && (otherHasPassed || mark == null)) {
      behind.forEach(toldNext);
      clear();
      then.run();
    }
  }

  /** Nothing is on its way any more. */
  void clear() {
    channels.clear();
    behind.clear();
    mark = null;
    backendHasPassed = false;
    otherHasPassed = false;
    done = null;
  }
}
