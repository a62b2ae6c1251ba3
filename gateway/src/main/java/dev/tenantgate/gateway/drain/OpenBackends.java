package dev.tenantgate.gateway.drain;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections to the server that clients' transactions run on, or may come to: by their
 * processes there, others can end what this gateway has left open, once it is gone. Thread-safe.
 */
public final class OpenBackends {

  private final Map<Object, Integer> processes = new ConcurrentHashMap<>();
  private volatile Runnable more = () -> {};

  /** Has somebody told, each time that there is another one. */
  public void listen(Runnable listener) {
    more = listener;
  }

  /**
   * There is one.
   *
   * @param connection tells it from others; {@link #closed} is to be called with it
   * @param process what runs it at the server, as the server says
   */
  public void opened(Object connection, int process) {
    processes.put(connection, process);
    more.run();
  }

  /** It is gone; nothing happens if it wasn't known. */
  public void closed(Object connection) {
    processes.remove(connection);
  }

  /** The processes, in no order. */
  int[] processes() {
    return processes.values().stream().mapToInt(Integer::intValue).toArray();
  }
}
