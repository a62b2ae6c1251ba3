package dev.tenantgate.gateway.backend;

/**
 * Copied data on its way to a backend: the server takes it instead of messages, and passes over a
 * Sync that comes before its end. Event-loop confined.
 */
public final class CopiedData {

  private boolean taken;

  /** How many ends of copied data were sent before the server asked for the data. */
  private int endsAhead;

  private boolean endedSinceSync;

  /** Both sides copy at once: a walsender streams what is written. */
  private boolean streaming;

  /** Whether a Sync that is sent now is one that the server passes over. */
  public boolean isTaken() {
    return taken;
  }

  /** Whether it is a stream of replication, which ends when somebody ends it. */
  public boolean isStreaming() {
    return streaming;
  }

  /** The client's data ends here. */
  public void ends() {
    if (!taken) {
      endsAhead++;
      endedSinceSync = true;
    }
    taken = false;
  }

  /** Whether data that the server hasn't asked for yet has ended since the last Sync. */
  public boolean takeEnded() {
    boolean ended = endedSinceSync;
    endedSinceSync = false;
    return ended;
  }

  /** The server asks for it, from one side or from both. */
  void begins(boolean bothSides) {
    taken = bothSides || endsAhead == 0;
    streaming = bothSides;
    if (!bothSides) {
      endsAhead = Math.max(0, endsAhead - 1);
    }
  }

  /** The server takes no more, because of an error. */
  void fails() {
    taken = false;
  }

  /**
   * A ReadyForQuery has come.
   *
   * @param settled whether nothing is owed: the server passes over an end that ends no copying
   */
  void isReady(boolean settled) {
    taken = false;
    streaming = false;
    if (settled) {
      endsAhead = 0;
      endedSinceSync = false;
    }
  }
}
