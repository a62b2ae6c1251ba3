package dev.tenantgate.gateway.relay;

import io.netty.channel.EventLoop;
import java.util.function.IntConsumer;

/**
 * The processes that clients were told to be served by, which the server knows nothing of.
 * Thread-safe.
 */
public interface Processes {

  /** Whether it is one of these. */
  boolean isClients(int processId);

  /**
   * Has a process of the server stand in for a client's: whatever signal it gets is the client's.
   *
   * @param loop that the answer is given on
   * @param standIn told its number; 0 if there can't be one
   */
  void standIn(int processId, EventLoop loop, IntConsumer standIn);
}
