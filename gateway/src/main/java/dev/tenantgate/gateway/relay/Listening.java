package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.notification.Notification;
import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.notification.Subscriber;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.NameSet;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels of a client. Its LISTEN and UNLISTEN run as they are: at a transaction's end the
 * backend says which channels it listens on, after all savepoints and errors. Then the connection
 * that listens for all takes them over, and the backend stops listening. Behind an UNLISTEN of a
 * channel that the backend doesn't know, the gateway puts a LISTEN of a marker. The server's answer
 * tells by the markers which UNLISTEN took effect.
 *
 * <p>Notifications come between transactions, and those of a transaction of the client's own before
 * its ReadyForQuery. Of a channel that the transaction was the first to LISTEN to, the backend's
 * own are taken until the other connection listens ({@link ListenHandover}). Event-loop confined.
 */
final class Listening implements Subscriber {

  /** A client that doesn't read, or stays in its transaction, is ended beyond so much. */
  static final int MOST_BYTES_KEPT = 8 << 20;

  /** The heap that a channel takes, here and at the connection that listens. */
  private static final int CHANNEL_BYTES = 320;

  /** No channel of a client's is taken for one of these. */
  private static final String MARKER = "tenantgate unlistens \u0001";

  private static final String ALL = "*";

  private final Relay relay;
  private final Notifications notifications;
  private final PoolKey key;
  private final Channel frontend;
  private final KeptNotifications kept;
  private final Set<String> channels = new NameSet();

  /** The channels of this transaction's UNLISTENs, by the numbers of their markers. */
  private final List<String> unlistened = new ArrayList<>(0);

  /** Statements of this transaction may have changed the channels. */
  private boolean touched;

  private boolean discarded;

  /** Statements of this transaction notify others. */
  private boolean notifies;

  /** The client is to be sent a ReadyForQuery of its backend's, which was kept back. */
  private boolean readyKept;

  private boolean known;
  private final ListenHandover handover = new ListenHandover();
  private @Nullable Report lost;

  Listening(Relay relay, Notifications notifications, PoolKey key, Channel frontend) {
    this.relay = relay;
    this.notifications = notifications;
    this.key = key;
    this.frontend = frontend;
    this.kept = new KeptNotifications(relay.memory());
  }

  // ---- what the client sends

  boolean isActive() {
    return !channels.isEmpty();
  }

  boolean isTouched() {
    return touched;
  }

  /** A statement goes out. */
  void note(SessionEffect effect) {
    switch (effect.kind().channels()) {
      case LISTENS -> touched = true;
      case NOTIFIES -> notifies = true;
      case NONE, UNLISTENS, DISCARDS -> {} // told by the server's answer
    }
  }

  /**
   * Whether a transaction's end waits for connections that listen. One that notifies does so that
   * its backend is nobody else's before all who listen were told whose the notification is.
   */
  boolean mustSettle() {
    return touched || !channels.isEmpty() || (notifies && notifications.isHeardIn(key.database()));
  }

  /** Adds the statement that shows whether an UNLISTEN took effect; whether there is one. */
  boolean follow(SessionEffect effect, List<String> behind) {
    if (!isActive() || effect.kind().channels() != EffectKind.Channels.UNLISTENS) {
      return false;
    }
    touched = true;
    behind.add(";LISTEN \"%s%d\"".formatted(MARKER, unlistened.size()));
    unlistened.add(((SessionEffect.Unlisten) effect).channel());
    return true;
  }

  /** The server has done a DISCARD ALL. */
  void discarded() {
    discarded = isActive();
    touched |= discarded;
  }

  // ---- at a transaction's end

  /**
   * Has the connection that listens for all follow, and every notification handed over that was
   * sent by transactions so far.
   *
   * @param found what the backend listens on
   * @param done runs when that is so; not at all if the session can't go on
   */
  void settle(Collection<String> found, Runnable done) {
    boolean listened = isActive();
    List<String> added = new ArrayList<>(0);
    List<String> removed = new ArrayList<>(0);
    follow(found, added, removed);
    Runnable then =
        notifies ? () -> notifications.awaitAll(key.database(), eventLoop(), done) : done;
    touched = false;
    discarded = false;
    notifies = false;
    unlistened.clear();
    if (!listened && !isActive()) {
      then.run();
      return;
    }
    relay.memory().keep((long) bytes(added) - bytes(removed), 0);
    kept.forget(removed);
    known = true;
    notifications.listen(
        key,
        this,
        added,
        removed,
        handover.begin(added),
        error -> {
          if (error != null) {
            relay.failLater(error.asFatal());
          } else if (!relay.isEnded()) {
            then.run();
          }
        });
  }

  /**
   * Has the backend stop to listen.
   *
   * @param done runs when the client's channels are the other connection's alone
   */
  void unlisten(PooledBackend backend, Runnable done) {
    String mark = handover.mark();
    if (mark != null) {
      backend.ask(Notifications.markSql(mark), this::markIsSent);
    }
    backend.ask(
        "UNLISTEN *",
        () -> {
          handover.backendIsDone(done);
          handover.endIfDone(kept::add);
        });
    backend.flush();
  }

  private void markIsSent() {
    if (handover.mark() != null && !handover.backendHasPassed()) {
      relay.failLater(
          Notifications.missed("The server has refused a notification of the gateway's."));
    }
  }

  private static int bytes(List<String> channels) {
    int bytes = 0;
    for (String channel : channels) {
      bytes += CHANNEL_BYTES + channel.length();
    }
    return bytes;
  }

  /** Takes what the backend listens on, and says what that changes: a client may have many. */
  private void follow(Collection<String> found, List<String> added, List<String> removed) {
    if (discarded) {
      removeAll(removed);
    }
    for (String channel : found) {
      if (channel.startsWith(MARKER)) {
        String gone = unlistened.get(Integer.parseInt(channel.substring(MARKER.length())));
        if (gone.equals(ALL)) {
          removeAll(removed);
        } else if (channels.remove(gone)) {
          removed.add(gone);
        }
      }
    }
    for (String channel : found) {
      if (!isGateways(channel) && channels.add(channel)) {
        added.add(channel);
      }
    }
    if (!removed.isEmpty() && !added.isEmpty()) {
      Set<String> again = new HashSet<>(removed);
      again.retainAll(new HashSet<>(added));
      added.removeAll(again);
      removed.removeAll(again);
    }
  }

  private static boolean isGateways(String channel) {
    return channel.startsWith(MARKER) || channel.equals(Notifications.MARKS);
  }

  private void removeAll(List<String> removed) {
    removed.addAll(channels);
    channels.clear();
  }

  // ---- what comes

  @Override
  public EventLoop eventLoop() {
    return frontend.eventLoop();
  }

  @Override
  public void notified(Notification notification) {
    String channel = notification.channel();
    if (relay.isEnded() || !channels.contains(channel) || handover.isBackends(channel)) {
      return;
    }
    kept.take(notification);
    if (handover.keeps(notification)) {
      endIfTooMuch();
      return;
    }
    kept.add(notification);
    if (mayTell()) {
      tell();
      relay.frontend().flushAndCount();
    } else {
      endIfTooMuch();
    }
  }

  /** Whether the lent backend may be notified in the client's place. */
  boolean hearsBackend() {
    return touched || handover.mark() != null || relay.carried().delayReady();
  }

  /** The lent backend was notified: the client is told, unless the other connection does that. */
  void heard(ByteBuf body) {
    Notification notification = Notification.read(body, charset());
    String channel = notification.channel();
    if (channel.equals(Notifications.MARKS)) {
      if (notification.payload().equals(handover.mark())) {
        handover.backendPasses();
      }
      return;
    }
    boolean others = channels.contains(channel) && !handover.concerns(channel);
    if (others || handover.backendHasPassed() || isGateways(channel)) {
      return;
    }
    Notification shown = notifications.shown(notification);
    kept.take(shown);
    kept.add(shown);
    endIfTooMuch();
  }

  private Charset charset() {
    return relay.effects().texts().rules().encoding().charset();
  }

  private void endIfTooMuch() {
    if (kept.bytes() > MOST_BYTES_KEPT || !relay.memory().hasRoom(0)) {
      relay.fail(
          Report.fatal(
                  SqlState.PROGRAM_LIMIT_EXCEEDED, "too many notifications wait for this session")
              .withDetail(
                  "It listens, and has taken none of the last %d KiB of them."
                      .formatted(kept.bytes() >> 10))
              .withHint("Read from the connection, and end transactions, or UNLISTEN."));
    }
  }

  /** Whether a notification may stand behind what the client was sent. */
  private boolean mayTell() {
    return !readyKept && !relay.unforeseen().isUnderWay() && relay.lease().isOutsideTransaction();
  }

  /** The client gets what it was notified of, if that may be. */
  void tellIfPossible() {
    if (!kept.isEmpty() && mayTell()) {
      tell();
    }
  }

  /** The same in front of an answer that was withheld to its end. */
  void tellHeard() {
    if (!kept.isEmpty() && relay.lease().isOutsideTransaction()) {
      tell();
    }
  }

  /** The ReadyForQuery at a transaction's end is kept back until all is told; whether it is. */
  boolean keepsReady(boolean keep) {
    readyKept = keep;
    return keep;
  }

  /** A transaction is over with all that belongs to it. */
  void tellEndOfTransaction() {
    if (!relay.requests().isInBatch()) {
      handover.clear();
      if (!relay.unforeseen().isUnderWay()) {
        tell();
      }
    }
    if (readyKept) {
      readyKept = false;
      relay.frontend().writeReady();
      relay.frontend().flush();
    }
    endIfLost();
  }

  /** Writes what has come meanwhile. */
  private void tell() {
    while (frontend.isWritable()) {
      Notification next = kept.poll();
      if (next == null) {
        break;
      }
      relay.frontend().write(next.encode(frontend.alloc(), charset()));
    }
    kept.areDue();
  }

  @Override
  public void marked() {
    handover.otherPasses();
    handover.endIfDone(kept::add);
  }

  @Override
  public void listeningLost(Report why) {
    lost = why;
    marked();
    if (!relay.isEnded() && mayTell()) {
      endIfLost();
    }
  }

  /** A transaction is over, and the session with it if it may have missed something. */
  private void endIfLost() {
    Report why = lost;
    if (why != null) {
      lost = null;
      relay.failLater(why);
    }
  }

  /** The session ends. */
  void end() {
    kept.clear();
    handover.clear();
    if (known) {
      notifications.leave(key, this);
    }
  }
}
