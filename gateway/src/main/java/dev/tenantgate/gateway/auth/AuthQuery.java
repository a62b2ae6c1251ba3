package dev.tenantgate.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tenantgate.config.AuthSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks secrets up in the database: at each login, for a password may have changed in the moment
 * before. One query serves all logins of a user that come while another query runs. It asks for one
 * user at most {@value #MOST_PER_SECOND} times a second for long: beyond that the last answer
 * serves, which is a fiftieth of a second old at most. A user who doesn't exist is asked for just
 * as often as one who does. Thread-safe.
 */
final class AuthQuery {

  /**
   * Every name and operator is qualified, so that it means the same under any {@code search_path}.
   * The cast keeps a name that is too long from being cut to somebody else's.
   */
  static final String BUILT_IN =
      """
      SELECT rolname, CASE WHEN rolvaliduntil OPERATOR(pg_catalog.<) pg_catalog.now() \
      THEN NULL ELSE rolpassword END \
      FROM pg_catalog.pg_authid \
      WHERE rolname OPERATOR(pg_catalog.=) $1::pg_catalog.text AND rolcanlogin\
      """;

  /** How often one user is asked for, beyond the first few times. */
  static final int MOST_PER_SECOND = 50;

  /** How often at once, after a while without. */
  static final int BURST = 20;

  /** Names may be as long as a startup packet, so bytes are counted. */
  private static final int MOST_REMEMBERED_BYTES = 4 * 1024 * 1024;

  private static final int BYTES_BESIDE_NAME = 400;

  private final Function<String, CompletableFuture<List<@Nullable String>>> rows;
  private final LongSupplier nanoTime;
  private final Cache<String, Asking> users =
      Caffeine.newBuilder()
          .maximumWeight(MOST_REMEMBERED_BYTES)
          .<String, Asking>weigher((name, asking) -> BYTES_BESIDE_NAME + 2 * name.length())
          .executor(Runnable::run)
          .build();

  AuthQuery(String setting, AuthQueryConnection connection) {
    this(
        user ->
            connection.rowInTime(
                setting.equals(AuthSettings.DEFAULT_QUERY) ? BUILT_IN : setting, user),
        System::nanoTime);
  }

  /**
   * Makes the query.
   *
   * @param rows runs it for a user
   */
  AuthQuery(
      Function<String, CompletableFuture<List<@Nullable String>>> rows, LongSupplier nanoTime) {
    this.rows = rows;
    this.nanoTime = nanoTime;
  }

  /**
   * The answer of the query.
   *
   * @param secret null for nobody, and for somebody without a password
   */
  record Found(@Nullable UserSecret secret) {}

  /**
   * Finds a user's secret.
   *
   * @param room takes a place for one for whom a query has to be sent
   * @throws TooManyLookups if there is none
   */
  CompletableFuture<Found> find(String user, BooleanSupplier room) {
    return users.get(user, name -> new Asking(name, nanoTime.getAsLong())).find(room);
  }

  private CompletableFuture<Found> ask(String user) {
    return rows.apply(user).thenApply(row -> understand(user, row));
  }

  /** The queries about one user, one at a time. Thread-safe. */
  private final class Asking {

    private static final long NANOS_PER_QUERY = 1_000_000_000L / MOST_PER_SECOND;

    private final String user;

    /** Up to when queries are paid for: each costs its share of a second. */
    private long paidUntilNanos;

    private @Nullable CompletableFuture<Found> last;

    /** Is sent when the last one has been answered: that may have been too early for those. */
    private @Nullable CompletableFuture<Found> next;

    Asking(String user, long nowNanos) {
      this.user = user;
      this.paidUntilNanos = nowNanos - BURST * NANOS_PER_QUERY;
    }

    synchronized CompletableFuture<Found> find(BooleanSupplier room) {
      CompletableFuture<Found> known = last;
      CompletableFuture<Found> following = next;
      if (following != null) {
        return following;
      }
      if (known != null && !known.isDone()) {
        requireRoom(room);
        CompletableFuture<Found> shared = new CompletableFuture<>();
        next = shared;
        known.whenComplete((found, failure) -> sendNext(shared));
        return shared;
      }
      return current(room);
    }

    private CompletableFuture<Found> current(BooleanSupplier room) {
      CompletableFuture<Found> known = last;
      if (known != null && !known.isCompletedExceptionally() && !mayAsk()) {
        return known;
      }
      requireRoom(room);
      return send();
    }

    private static void requireRoom(BooleanSupplier room) {
      if (!room.getAsBoolean()) {
        throw new TooManyLookups();
      }
    }

    private boolean mayAsk() {
      long now = nanoTime.getAsLong();
      paidUntilNanos = Math.max(paidUntilNanos, now - BURST * NANOS_PER_QUERY);
      return paidUntilNanos + NANOS_PER_QUERY - now <= 0;
    }

    private void sendNext(CompletableFuture<Found> shared) {
      CompletableFuture<Found> answer;
      synchronized (this) {
        next = null;
        answer = current(() -> true); // a place was taken for it
      }
      answer.whenComplete(
          (found, failure) -> {
            if (failure == null) {
              shared.complete(found);
            } else {
              shared.completeExceptionally(failure);
            }
          });
    }

    private CompletableFuture<Found> send() {
      paidUntilNanos += NANOS_PER_QUERY;
      CompletableFuture<Found> sent = ask(user);
      last = sent;
      return sent;
    }
  }

  private static Found understand(String user, List<@Nullable String> row) {
    if (row.isEmpty()) {
      return new Found(null);
    }
    if (row.size() < 2) {
      throw new SecretLookupFailed("auth.query must give a user's name and secret, two columns");
    }
    String secret = row.get(1);
    if (secret == null || !user.equals(row.get(0))) {
      return new Found(null);
    }
    try {
      return new Found(UserSecret.parse(secret));
    } catch (IllegalArgumentException e) {
      return new Found(null); // as PostgreSQL has it: a secret that nobody can read lets nobody in
    }
  }
}
