package dev.tenantgate.config;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * How long clients may take ({@code pool.*-timeout}), in both pool modes; 0 is without limit.
 *
 * @param query a query, from its first byte to the server to its answer's end. Default 0s.
 * @param transaction a transaction, from its first byte to the server to its end. Default 0s.
 * @param idleTransaction a client that leaves its backend idle within a transaction, a batch or a
 *     message, or reads nothing of its answer. Default 0s.
 * @param clientIdle a client that does nothing and is in no transaction. Default 0s.
 */
public record ClientTimeouts(
    Duration query, Duration transaction, Duration idleTransaction, Duration clientIdle) {

  /** No limit. */
  public static final ClientTimeouts NONE =
      new ClientTimeouts(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

  public ClientTimeouts {
    PoolKeys.QUERY_TIMEOUT.require(query);
    PoolKeys.TRANSACTION_TIMEOUT.require(transaction);
    PoolKeys.IDLE_TRANSACTION_TIMEOUT.require(idleTransaction);
    PoolKeys.CLIENT_IDLE_TIMEOUT.require(clientIdle);
  }

  /** The same with another limit of what is idle in a transaction. */
  public ClientTimeouts withIdleTransaction(Duration longest) {
    return new ClientTimeouts(query, transaction, longest, clientIdle);
  }

  /** The shortest of those that are in force; zero if none is. */
  public Duration shortest() {
    return Stream.of(query, transaction, idleTransaction, clientIdle)
        .filter(each -> !each.isZero())
        .min(Duration::compareTo)
        .orElse(Duration.ZERO);
  }
}
