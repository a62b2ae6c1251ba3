package dev.tenantgate.gateway.relay;

/**
 * What ends each exchange that was sent and not answered yet, so that a ReadyForQuery is known to
 * answer which of them. One answers one, but for two cases:
 *
 * <ul>
 *   <li>After an error in a message of the extended protocol the server passes over everything up
 *       to the next Sync, a Query among it.
 *   <li>While it takes copied data, it passes over every Sync.
 * </ul>
 *
 * <p>A ring that grows with the longest pipeline. Event-loop confined.
 */
final class ExchangeEnds {

  private static final int FIRST_CAPACITY = 8;

  /** A Sync. */
  private static final int SYNC = -1;

  /** A Sync that the server passes over, because it takes copied data. */
  private static final int PASSED_OVER = -2;

  /** The end of copied data, which ends no exchange. */
  private static final int COPY_END = -3;

  /** One of the above; else a Query or a FunctionCall behind so many extended messages. */
  private int[] ends = new int[FIRST_CAPACITY];

  private int first;
  private int size;

  /** The server has asked for copied data, and its end wasn't sent yet. */
  private boolean copying;

  /** The server passes over what comes, up to the next Sync. */
  private boolean skipping;

  /** Messages of the extended protocol that were answered in the exchange being answered. */
  private int answeredMessages;

  /** Whether a Sync that is sent now is one that the server passes over. */
  boolean isCopying() {
    return copying;
  }

  /** Whether the server passes over all that was sent, and what is sent next, up to a Sync. */
  boolean isPassingOver() {
    if (!skipping) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (at(i) == SYNC) {
        return false;
      }
    }
    return true;
  }

  /** A Sync is sent. */
  void sync() {
    add(SYNC);
  }

  /** A Query or a FunctionCall is sent, behind so many messages of the extended protocol. */
  void query(int behind) {
    add(behind);
  }

  /** A CopyDone or a CopyFail is sent. */
  void copyEnds() {
    if (copying) {
      copying = false;
    } else if (size > 0) {
      add(COPY_END);
    }
  }

  /** A message of the extended protocol is answered. */
  void answered() {
    answeredMessages++;
  }

  /** How many were, in the exchange that is being answered. */
  int answeredMessages() {
    return answeredMessages;
  }

  /** A CopyInResponse has come. */
  void copyBegins() {
    int at = size > 0 && at(0) >= 0 ? 1 : 0;
    for (; at < size; at++) {
      if (at(at) == COPY_END) {
        return;
      }
      if (at(at) == SYNC) {
        set(at, PASSED_OVER);
      }
    }
    copying = true;
  }

  /**
   * An ErrorResponse has come.
   *
   * @param sent how many messages of the extended protocol were sent in the exchange that isn't
   *     ended yet
   */
  void error(int sent) {
    copying = false;
    if (!skipping) {
      int behind = size > 0 ? at(0) : sent;
      skipping = behind < 0 || answeredMessages < behind;
    }
  }

  /**
   * A ReadyForQuery has come.
   *
   * @return how many exchanges it answers
   */
  int ready() {
    int exchanges = 0;
    boolean found = false;
    while (size > 0 && !found) {
      int end = take();
      exchanges += end == COPY_END ? 0 : 1;
      found = end == SYNC || (end >= 0 && !skipping);
    }
    while (size > 0 && (at(0) == PASSED_OVER || at(0) == COPY_END)) {
      exchanges += take() == PASSED_OVER ? 1 : 0;
    }
    copying = false;
    skipping = false;
    answeredMessages = 0;
    return exchanges;
  }

  private int at(int index) {
    return ends[(first + index) & (ends.length - 1)];
  }

  private void set(int index, int end) {
    ends[(first + index) & (ends.length - 1)] = end;
  }

  private int take() {
    int end = ends[first];
    first = (first + 1) & (ends.length - 1);
    size--;
    return end;
  }

  private void add(int end) {
    if (size == ends.length) {
      int[] more = new int[2 * size];
      for (int i = 0; i < size; i++) {
        more[i] = at(i);
      }
      ends = more;
      first = 0;
    }
    set(size++, end);
  }
}
