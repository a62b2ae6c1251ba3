package dev.tenantgate.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * The replies that a backend owes, in the order in which they will come. A ring that grows with the
 * longest pipeline. Event-loop confined.
 */
public final class ReplyQueue {

  private @Nullable Reply[] ring = new @Nullable Reply[8];
  private int head;
  private int size;

  public void add(Reply reply) {
    if (size == ring.length) {
      grow();
    }
    ring[(head + size) & (ring.length - 1)] = reply;
    size++;
  }

  /** The Query that went out last was answered before. */
  public void lastIsAnswered() {
    int last = (head + size - 1) & (ring.length - 1);
    assert ring[last] == Reply.Plain.QUERY_READY;
    ring[last] = Reply.Plain.ANSWERED_READY;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Whether a ReadyForQuery is owed: the server has something to do. */
  public boolean hasReady() {
    return readies() > 0;
  }

  /**
   * Whether nothing is owed but the answer to a question that went out with a transaction's end.
   */
  boolean isSettled() {
    return size == 0
        || (size == 1 && ring[head] instanceof Reply.Exchange exchange && exchange.isEarly());
  }

  /** Whether nothing is owed that the client is told. */
  public boolean isEmptyForClient() {
    for (int i = 0; i < size; i++) {
      if (!(ring[(head + i) & (ring.length - 1)] instanceof Reply.Exchange)) {
        return false;
      }
    }
    return true;
  }

  /** How many are owed. */
  public int size() {
    return size;
  }

  /** The next; null if nothing is owed. */
  @Nullable Reply peek() {
    return size == 0 ? null : ring[head];
  }

  /** Takes the next; null if nothing is owed. */
  @Nullable Reply poll() {
    if (size == 0) {
      return null;
    }
    Reply reply = ring[head];
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    size--;
    return reply;
  }

  /** The Syncs that stand behind the next, or at its place, are passed over. */
  void dropSyncs() {
    Reply next = peek() == Reply.Plain.EXECUTE ? poll() : null;
    while (peek() == Reply.Plain.SYNC_READY) {
      poll();
    }
    if (next != null) {
      head = (head - 1) & (ring.length - 1);
      ring[head] = next;
      size++;
    }
  }

  /** Whether a Sync was sent that isn't answered yet: behind it the server skips nothing. */
  boolean hasSync() {
    for (int i = 0; i < size; i++) {
      Reply reply = ring[(head + i) & (ring.length - 1)];
      if (reply == Reply.Plain.SYNC_READY
          || reply == Reply.Plain.SYNC_BEHIND_COPY
          || reply instanceof Reply.Exchange) {
        return true;
      }
    }
    return false;
  }

  /** How many ReadyForQuery are owed. */
  int readies() {
    int readies = 0;
    for (int i = 0; i < size; i++) {
      Reply reply = ring[(head + i) & (ring.length - 1)];
      if (reply == Reply.Plain.QUERY_READY
          || reply == Reply.Plain.ANSWERED_READY
          || reply == Reply.Plain.SYNC_READY
          || reply == Reply.Plain.SYNC_BEHIND_COPY) {
        readies++;
      }
    }
    return readies;
  }

  private void grow() {
    @Nullable Reply[] larger = new @Nullable Reply[2 * ring.length];
    for (int i = 0; i < size; i++) {
      larger[i] = ring[(head + i) & (ring.length - 1)];
    }
    ring = larger;
    head = 0;
  }
}
