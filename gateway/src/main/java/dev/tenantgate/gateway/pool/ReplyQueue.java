package dev.tenantgate.gateway.pool;

import org.jspecify.annotations.Nullable;

/**
 * What a backend still owes, in the order in which it will come. A ring that grows with the longest
 * pipeline. Event-loop confined.
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

  public boolean isEmpty() {
    return size == 0;
  }

  /** The next; null if nothing is owed. */
  @Nullable Reply peek() {
    return size == 0 ? null : ring[head];
  }

  /**
   * Whether the server, after an error in what it answers next, passes over a Query: one stands in
   * the middle of the batch, and nothing before it has failed but that.
   */
  boolean skipsQuery() {
    for (int i = 0; i < size; i++) {
      Reply reply = ring[(head + i) & (ring.length - 1)];
      if (reply == Reply.Plain.BARRIER) {
        return true;
      }
      if (reply == Reply.Plain.QUERY_READY || reply == Reply.Plain.SYNC_READY) {
        return false;
      }
    }
    return false;
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

  private void grow() {
    @Nullable Reply[] larger = new @Nullable Reply[2 * ring.length];
    for (int i = 0; i < size; i++) {
      larger[i] = ring[(head + i) & (ring.length - 1)];
    }
    ring = larger;
    head = 0;
  }
}
