package dev.tenantgate.gateway.backend;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.TargetSession;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of {@code database.url}, of which one is in use: connections go there until it can't be
 * reached, or isn't of the kind that is wanted ({@code target_session_attrs}); then the next one is
 * tried. Who waits for the server meanwhile is held ({@link BackendHold}). Thread-safe.
 */
public final class ServerHosts {

  private final List<NetworkAddress> addresses;
  private final TargetSession target;

  /** Counts the changes of host; the host in use is this one modulo their number. */
  private final AtomicInteger turns = new AtomicInteger();

  /** The turn at which the last connection was had. */
  private volatile int goodTurn;

  public ServerHosts(List<NetworkAddress> addresses, TargetSession target) {
    this.addresses = List.copyOf(addresses);
    this.target = target;
  }

  public static ServerHosts of(DatabaseSettings database) {
    return new ServerHosts(database.addresses(), database.target());
  }

  /** The host in use. */
  public NetworkAddress current() {
    return addresses.get(turns.get() % addresses.size());
  }

  /** A host can't be reached, or accepts nobody at the moment: the next one is used. */
  public void failed(NetworkAddress host) {
    int turn = turns.get();
    if (addresses.size() > 1 && addresses.get(turn % addresses.size()).equals(host)) {
      turns.compareAndSet(turn, turn == Integer.MAX_VALUE - 1 ? 0 : turn + 1);
    }
  }

  /**
   * Checks a server that has let somebody log in.
   *
   * @param reported its parameters, by name
   * @return why it isn't used, which tells of a server that can't be reached; null if it is
   */
  @Nullable Report check(NetworkAddress host, Map<String, String> reported) {
    boolean standby = "on".equals(reported.get("in_hot_standby"));
    boolean readOnly = "on".equals(reported.get("default_transaction_read_only"));
    boolean secondRound = turns.get() - goodTurn >= addresses.size();
    boolean fits =
        target.accepts(standby, readOnly)
            || (target == TargetSession.PREFER_STANDBY && secondRound);
    if (fits) {
      goodTurn = turns.get();
      return null;
    }
    failed(host);
    return Report.fatal(
            SqlState.CONNECTION_FAILURE,
            "the backend %s is %s"
                .formatted(host, standby ? "a standby" : readOnly ? "read-only" : "not a standby"))
        .withDetail("Wanted is target_session_attrs=%s (database.url).".formatted(target.word()));
  }
}
