package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.scram.ScramKeys;
import dev.tenantgate.gateway.scram.ScramVerifier;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The check of clients, by the settings in force; a reload makes another one. Thread-safe.
 *
 * <p>The time it takes doesn't tell which users exist: passwords of the user list are turned into
 * verifiers when it is read, not when they are asked for; the auth query runs for everybody, listed
 * or not; and a user who isn't found goes through the same exchange to its end, with a salt and a
 * number of iterations like the others'.
 */
public final class ClientAuthentication {

  private final AuthSettings.Method method;
  private final UserList users;
  private final Map<String, Candidate> candidates;
  private final @Nullable AuthQuery query;
  private final KeyDerivation derivation;
  private final InventedSalts salts;
  private final @Nullable PeerRoles peerRoles;
  private final int usualIterations;
  private final @Nullable ClientAuthentication console;

  ClientAuthentication(
      AuthSettings.Method method,
      UserList users,
      @Nullable AuthQuery query,
      KeyDerivation derivation,
      InventedSalts salts,
      @Nullable PeerRoles peerRoles) {
    this.method = method;
    this.users = users;
    this.query = query;
    this.derivation = derivation;
    this.salts = salts;
    this.peerRoles = peerRoles;
    this.usualIterations = usualIterations(users);
    this.console = null;
    this.candidates = method == AuthSettings.Method.SCRAM_SHA_256 ? candidates() : Map.of();
  }

  private ClientAuthentication(ClientAuthentication same, ClientAuthentication console) {
    this.method = same.method;
    this.users = same.users;
    this.query = same.query;
    this.derivation = same.derivation;
    this.salts = same.salts;
    this.usualIterations = same.usualIterations;
    this.candidates = same.candidates;
    this.peerRoles = same.peerRoles;
    this.console = console;
  }

  /** The iterations that most of the listed verifiers have. */
  private static int usualIterations(UserList users) {
    Map<Integer, Long> counts =
        users.secrets().values().stream()
            .filter(UserSecret.Scram.class::isInstance)
            .collect(
                Collectors.groupingBy(
                    secret -> ((UserSecret.Scram) secret).verifier().iterations(),
                    Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(ScramVerifier.DEFAULT_ITERATIONS);
  }

  private Map<String, Candidate> candidates() {
    Map<String, Candidate> candidates = new ConcurrentHashMap<>();
    users.secrets().entrySet().parallelStream()
        .forEach(user -> candidates.put(user.getKey(), listed(user, salts.of(user.getKey()))));
    return candidates;
  }

  /** Takes some milliseconds for a password that is stored as it is. */
  private Candidate listed(Map.Entry<String, UserSecret> user, byte[] salt) {
    UserSecret secret = user.getValue();
    if (secret instanceof UserSecret.Scram scram) {
      return Candidate.of(scram.verifier());
    }
    if (secret instanceof UserSecret.Plain plain) {
      return Candidate.of(
          ScramKeys.derive(plain.password(), salt, usualIterations), plain.password());
    }
    return nobody(salt);
  }

  /** The same, with another check of the console's users. */
  ClientAuthentication withConsole(ClientAuthentication other) {
    return new ClientAuthentication(this, other);
  }

  /** The check of the console's users, which is by SCRAM in any case. */
  public ClientAuthentication ofConsole() {
    return console == null ? this : console;
  }

  /** The side that checks clients. */
  public AuthSettings.Method method() {
    return method;
  }

  /**
   * The roles that clients of a Unix-domain socket may have; null where these are checked as all
   * others are.
   */
  public @Nullable PeerRoles peerRoles() {
    return peerRoles;
  }

  /**
   * Looks a user up.
   *
   * @param room takes a place among the lookups under way, if this is one
   * @throws TooManyLookups if there is none
   * @return fails with {@link SecretLookupFailed} if that isn't possible
   */
  public CompletableFuture<Candidate> candidate(String user, BooleanSupplier room) {
    // Made for those who exist, too: it takes a while that can be measured.
    byte[] salt = salts.of(user);
    Candidate listed = candidates.getOrDefault(user, nobody(salt));
    if (query == null) {
      return CompletableFuture.completedFuture(listed);
    }
    CompletableFuture<AuthQuery.Found> answer = query.find(user, room);
    return candidates.containsKey(user)
        ? answer.handle((ignored, failure) -> listed)
        : answer.thenCompose(found -> queried(found.secret(), salt));
  }

  private CompletableFuture<Candidate> queried(@Nullable UserSecret secret, byte[] salt) {
    if (secret instanceof UserSecret.Plain plain) {
      return derivation
          .keys(plain.password(), salt, usualIterations)
          .thenApply(keys -> Candidate.of(keys, plain.password()));
    }
    return CompletableFuture.completedFuture(
        secret instanceof UserSecret.Scram scram ? Candidate.of(scram.verifier()) : nobody(salt));
  }

  private Candidate nobody(byte[] salt) {
    return Candidate.nobody(salt, usualIterations);
  }

  /** The credential for a user who needn't prove anything to us: the user list's, or none. */
  public BackendCredential trusted(String user) {
    UserSecret secret = users.find(user);
    if (secret instanceof UserSecret.Plain plain) {
      return new BackendCredential.Password(plain.password());
    }
    return secret instanceof UserSecret.Md5 md5
        ? new BackendCredential.Md5Hash(md5.digits())
        : new BackendCredential.None();
  }
}
