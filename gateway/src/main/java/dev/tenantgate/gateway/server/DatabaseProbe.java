package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.auth.AuthQueryConnection;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database answers the gateway's own account: asked every two seconds, whether there
 * are clients or not, on a connection that is there anyway. No answer within three seconds counts
 * as no. Thread-safe; it looks on one event loop.
 */
final class DatabaseProbe {

  private static final Duration INTERVAL = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final String QUESTION = "SELECT $1::pg_catalog.text";

  private final AuthQueryConnection connection;
  private volatile @Nullable Boolean up;

  /** The question that isn't answered yet; event-loop confined. */
  private @Nullable CompletableFuture<List<@Nullable String>> asked;

  DatabaseProbe(AuthQueryConnection connection) {
    this.connection = connection;
  }

  /** Looks from now on. */
  void start(EventLoop eventLoop) {
    eventLoop.scheduleWithFixedDelay(
        () -> look(eventLoop), 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look(EventLoop eventLoop) {
    if (asked != null && !asked.isDone()) {
      return; // it has been told to be down, or soon will be
    }
    CompletableFuture<List<@Nullable String>> answer = connection.row(QUESTION, "");
    asked = answer;
    answer
        .copy()
        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .whenCompleteAsync((row, failure) -> up = failure == null, eventLoop);
  }

  /** Whether the database has answered when it was last asked; null before the first answer. */
  @Nullable Boolean isUp() {
    return up;
  }
}
