package dev.tenantgate.gateway.memory;

/**
 * There is no memory left for what a client has sent and the gateway can't pass on yet. Its session
 * ends with SQLSTATE 53200. Carries no stack trace.
 */
public final class ClientMemoryExhausted extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ClientMemoryExhausted() {
    super(
        "the gateway has no memory left for messages that are sent in part or ahead",
        null,
        false,
        false);
  }
}
