package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that takes a backend on lease: it asks, may have to wait, and becomes the holder. */
public interface LeaseHolder {

  /** The tenant that it counts for: leases are shared out between tenants. */
  Object tenant();

  /** The client's settings; a backend that has them already is preferred. */
  SessionSettings settings();

  /** The process that its client was told to be served by; 0 for none. */
  default int processId() {
    return 0;
  }

  /** The encoding in which the server speaks to its client. */
  default Charset charset() {
    return StandardCharsets.UTF_8;
  }

  /** Whether its client gets the backend's own notifications. */
  default boolean takesNotifications() {
    return false; // those who listen get theirs from a connection that does so for all
  }

  /** Whether its client may have had the shared backend listen, and nobody has taken that over. */
  default boolean hearsNotifications() {
    return false;
  }

  /**
   * The shared backend was notified of something.
   *
   * @param notification the body of its message; the caller owns it
   */
  default void heard(ByteBuf notification) {}

  /** Whether the ReadyForQuery behind the last of its transactions is for it to send. */
  default boolean keepsReady() {
    return false;
  }

  /** The lease that was waited for. */
  void granted(PooledBackend backend);

  /** There will be no lease. */
  void refused(Report report);

  /** It goes on waiting, and may want to say so. */
  default void stillWaiting(String text) {}

  /** Takes what the backend sent, as the client is to have it; the callee owns it. */
  default void fromBackend(ByteBuf run) {
    run.release();
  }

  /** Whether the backend can take more now. */
  default void backendWritable(boolean writable) {}

  /** A batch of reads has ended. */
  default void backendBatchEnded() {}

  /**
   * The server said that a parameter has another value, in an answer to the client itself.
   *
   * @param before the value that it said last; null if it never did
   */
  default void reported(String name, String value, @Nullable String before) {}

  /**
   * The backend is between transactions and owes nothing, but for the answer to a question that its
   * holder has sent with the transaction's end. The lease goes on until it is given back.
   */
  default void settled() {}

  /** A question of the gateway's own has been answered, and nothing more is owed. */
  default void answered() {}

  /** Whether what the client is sent is kept for now; then it is complete at each ReadyForQuery. */
  default boolean withholds() {
    return false;
  }

  /**
   * The server says by itself, between transactions, why it is about to end the connection.
   *
   * @return whether the client isn't told for now
   */
  default boolean keepsLastWords(Report report) {
    return false;
  }

  /**
   * Why the gateway has asked the server to cancel what it does for the client, who is told this in
   * the place of the server's error; null if it hasn't.
   */
  default @Nullable Report cancelReason() {
    return null;
  }

  /** The server has refused something that the client sent. */
  default void errored() {}

  /** Whether it is to be told which errors the client gets. */
  default boolean wantsErrors() {
    return false;
  }

  /** The client gets an error with this SQLSTATE. */
  default void errored(String sqlState) {}

  /** The server has none of the statements any more that were prepared. */
  default void statementsLost() {}

  /** The server waits for copied data. */
  default void copyBegins() {}

  /** The backend, which is the client's own, leads where new connections don't any more. */
  default void outdated() {}

  /** A ReadyForQuery for the client is here; whether a transaction ended with it. */
  default void ready(boolean transactionEnded) {}

  /**
   * The backend is gone.
   *
   * @param reportPossible whether a message may stand behind what the client was sent
   * @param explained whether the server itself has said why
   */
  void backendClosed(boolean reportPossible, boolean explained);
}
