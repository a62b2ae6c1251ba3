package dev.tenantgate.gateway.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tenantgate.config.AuthSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks secrets up in the database, each user once however many wait, and remembers for a moment
 * what it found, also that it found nobody. Thread-safe.
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

  /** How long a changed password, or a VALID UNTIL that has passed, may go unnoticed. */
  private static final Duration REMEMBERED = Duration.ofSeconds(2);

  /** Names may be as long as a startup packet, so bytes are counted. */
  private static final int MOST_REMEMBERED_BYTES = 4 * 1024 * 1024;

  private static final int BYTES_BESIDE_NAME = 400;

  private final String sql;
  private final AuthQueryConnection connection;
  private final AsyncCache<String, Found> found =
      Caffeine.newBuilder()
          .maximumWeight(MOST_REMEMBERED_BYTES)
          .<String, Found>weigher((name, found) -> BYTES_BESIDE_NAME + 2 * name.length())
          .expireAfterWrite(REMEMBERED)
          .executor(Runnable::run)
          .buildAsync();

  AuthQuery(String setting, AuthQueryConnection connection) {
    this.sql = setting.equals(AuthSettings.DEFAULT_QUERY) ? BUILT_IN : setting;
    this.connection = connection;
  }

  /**
   * What the query answered.
   *
   * @param secret null for nobody, and for somebody without a password
   */
  record Found(@Nullable UserSecret secret) {}

  /**
   * Finds a user's secret.
   *
   * @param room takes a place for one who is the first to ask for that user
   * @throws TooManyLookups if there is none
   */
  CompletableFuture<Found> find(String user, BooleanSupplier room) {
    return found.get(
        user,
        (name, executor) -> {
          if (!room.getAsBoolean()) {
            throw new TooManyLookups();
          }
          return connection.row(sql, name).thenApply(row -> understand(name, row));
        });
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
