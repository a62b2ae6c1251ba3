package dev.tenantgate.gateway.memory;

/**
 * There is no memory left for what a client wants. Its session ends with SQLSTATE 53200. Carries no
 * stack trace.
 */
public final class ClientMemoryExhausted extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String hint;

  private ClientMemoryExhausted(String message, String hint) {
    super(message, null, false, false);
    this.hint = hint;
  }

  /** Of messages that are sent in part or ahead. */
  static ClientMemoryExhausted ofBuffers() {
    return new ClientMemoryExhausted(
        "The gateway has no memory left for messages that are sent in part or ahead"
            + " (limits.client-mebibytes).",
        "Send less at once, or raise limits.client-mebibytes or TENANTGATE_MEMORY.");
  }

  /** Of the heap, when this session has most of it. */
  static ClientMemoryExhausted ofHeap() {
    return new ClientMemoryExhausted(
        "The gateway's heap is used up, and this session has more of it than any other"
            + " (limits.kept-mebibytes-per-session).",
        "Keep fewer prepared statements, or give the gateway more (TENANTGATE_MEMORY).");
  }

  /** The hint of its error. */
  public String hint() {
    return hint;
  }
}
