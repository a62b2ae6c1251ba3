package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;

/** The clients that there are, for people. Thread-safe. */
public final class ConnectedClients {

  /** So many are looked at in one turn of an event loop. */
  private static final int PER_TURN = 500;

  private final Collection<Session> sessions;

  ConnectedClients(Collection<Session> sessions) {
    this.sessions = sessions;
  }

  /** The clients that have logged in, in the order in which they came. */
  public CompletionStage<List<ConnectedClient>> all() {
    List<CompletableFuture<List<ConnectedClient>>> parts = new ArrayList<>();
    byLoop()
        .forEach(
            (loop, all) -> {
              for (int from = 0; from < all.size(); from += PER_TURN) {
                parts.add(describe(loop, all.subList(from, Math.min(from + PER_TURN, all.size()))));
              }
            });
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(
            done ->
                parts.stream()
                    .flatMap(part -> part.join().stream())
                    .sorted(Comparator.comparingLong(ConnectedClient::id))
                    .toList());
  }

  private Map<EventLoop, List<Session>> byLoop() {
    Map<EventLoop, List<Session>> byLoop = new HashMap<>();
    for (Session session : sessions) {
      byLoop.computeIfAbsent(session.frontend().eventLoop(), any -> new ArrayList<>()).add(session);
    }
    return byLoop;
  }

  private static CompletableFuture<List<ConnectedClient>> describe(
      EventLoop loop, List<Session> some) {
    try {
      return CompletableFuture.supplyAsync(
          () ->
              some.stream()
                  .map(each -> each.state().describeClient())
                  .filter(Objects::nonNull)
                  .toList(),
          loop);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(List.of()); // it is gone, and they with it
    }
  }

  /**
   * Ends clients.
   *
   * @return how many
   */
  public CompletionStage<Integer> end(Predicate<ConnectedClient> which, Report why) {
    List<CompletableFuture<Integer>> parts = new ArrayList<>();
    byLoop()
        .forEach(
            (loop, all) ->
                parts.add(CompletableFuture.supplyAsync(() -> end(all, which, why), loop)));
    return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
        .thenApply(done -> parts.stream().mapToInt(CompletableFuture::join).sum());
  }

  private static int end(List<Session> all, Predicate<ConnectedClient> which, Report why) {
    int ended = 0;
    for (Session session : all) {
      ConnectedClient client = session.state().describeClient();
      if (client != null && which.test(client)) {
        session.state().cancel(() -> {});
        session.end(why);
        ended++;
      }
    }
    return ended;
  }
}
