package dev.tenantgate.gateway.scram;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Derives keys from passwords away from the event loops, and remembers them: a server asks with the
 * same salt each time, and a pool that opens ten connections at once derives one key. Thread-safe.
 */
public final class KeyDerivation {

  private static final int MOST_REMEMBERED = 10_000;
  private static final Duration UNUSED = Duration.ofMinutes(10);

  private final AsyncCache<Input, ScramKeys> derived;

  /** Derives on these threads, which are the caller's. */
  public KeyDerivation(Executor threads) {
    this.derived =
        Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterAccess(UNUSED)
            .executor(threads)
            .buildAsync();
  }

  /** The keys of a password, for a server that asks with this salt and number of iterations. */
  public CompletableFuture<ScramKeys> keys(String password, byte[] salt, int iterations) {
    return derived.get(
        new Input(password, salt.clone(), iterations),
        input -> ScramKeys.derive(input.password, input.salt, input.iterations));
  }

  private static final class Input {
    private final String password;
    private final byte[] salt;
    private final int iterations;

    Input(String password, byte[] salt, int iterations) {
      this.password = password;
      this.salt = salt;
      this.iterations = iterations;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Input input
          && iterations == input.iterations
          && password.equals(input.password)
          && Arrays.equals(salt, input.salt);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(salt) + password.hashCode();
    }
  }
}
