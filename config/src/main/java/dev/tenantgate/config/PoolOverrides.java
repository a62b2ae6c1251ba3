package dev.tenantgate.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The settings of single users, databases and tenants ({@code pool.per-user}, {@code
 * pool.per-database}, {@code pool.per-tenant}). A name's own value wins over that of {@code *}, a
 * user's over a database's. Immutable.
 *
 * @param values by whole key: {@code pool.per-user.app.size}
 */
public record PoolOverrides(Map<String, Object> values) {

  /** All are alike. */
  public static final PoolOverrides NONE = new PoolOverrides(Map.of());

  /** The kinds of names that may have values of their own. */
  public enum Scope {
    USER("pool.per-user"),
    DATABASE("pool.per-database"),
    TENANT("pool.per-tenant");

    private final String key;

    Scope(String key) {
      this.key = key;
    }

    /** As metrics have it: {@code user}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private String of(String name, SettingKey<?> key) {
      return this.key + "." + name + "." + PoolKeys.last(key);
    }
  }

  /**
   * A value, and where it stands.
   *
   * @param key the whole key
   */
  private record Found(Object value, String key) {}

  /**
   * A bound.
   *
   * @param most how many there may be; 0 is without limit
   * @param key where that stands, for those who are told
   */
  public record Bound(int most, String key) {

    /** No limit. */
    public static final Bound NONE = new Bound(0, "");

    /** Whether there may be so many. */
    public boolean admits(int number) {
      return most == 0 || number <= most;
    }
  }

  public PoolOverrides {
    values = Map.copyOf(values);
  }

  /** These, and another. */
  public PoolOverrides with(String key, Object value) {
    Map<String, Object> more = new HashMap<>(values);
    more.put(key, value);
    return new PoolOverrides(more);
  }

  private @Nullable Found exactly(Scope scope, String name, SettingKey<?> key) {
    String whole = scope.of(name, key);
    Object value = values.get(whole);
    return value == null ? null : new Found(value, whole);
  }

  private @Nullable Found find(String database, String user, SettingKey<?> key) {
    if (values.isEmpty()) {
      return null;
    }
    Found found = exactly(Scope.USER, user, key);
    found = found == null ? exactly(Scope.DATABASE, database, key) : found;
    found = found == null ? exactly(Scope.USER, NamedKeys.OTHERS, key) : found;
    return found == null ? exactly(Scope.DATABASE, NamedKeys.OTHERS, key) : found;
  }

  /** The value for the clients of a database and user. */
  @SuppressWarnings("unchecked") // the key's own type made the value
  <T> T of(String database, String user, SettingKey<T> key, T otherwise) {
    Found found = find(database, user, key);
    return found == null ? otherwise : (T) found.value();
  }

  /** Where that stands. */
  String keyOf(String database, String user, SettingKey<?> key) {
    Found found = find(database, user, key);
    return found == null ? key.name() : found.key();
  }

  private Bound bound(Scope scope, String name, SettingKey<Integer> key, Bound otherwise) {
    if (values.isEmpty()) {
      return otherwise;
    }
    Found found = exactly(scope, name, key);
    found = found == null ? exactly(scope, NamedKeys.OTHERS, key) : found;
    return found == null ? otherwise : new Bound((Integer) found.value(), found.key());
  }

  /** The names that have values of their own, {@code *} among them. */
  public SortedSet<String> names(Scope scope) {
    SortedSet<String> names = new TreeSet<>();
    String before = scope.key + ".";
    for (String key : values.keySet()) {
      if (key.startsWith(before)) {
        names.add(key.substring(before.length(), key.lastIndexOf('.')));
      }
    }
    return names;
  }

  /** Whether a name's own value is in force, not one for all. */
  public static boolean isOwn(Bound bound, Scope scope, String name) {
    return bound.key().startsWith(scope.key + "." + name + ".");
  }

  /** How many clients there may be of one. */
  public Bound clients(Scope scope, String name) {
    return bound(scope, name, PoolKeys.MAX_CONNECTIONS_OF_ONE, Bound.NONE);
  }

  /** How many backends there may be of one, of all its pools together. */
  public Bound backends(Scope scope, String name) {
    return bound(scope, name, PoolKeys.MAX_BACKENDS_OF_ONE, Bound.NONE);
  }

  /** How many backends of a pool a tenant may have. */
  Bound share(String tenant, Bound otherwise) {
    return bound(Scope.TENANT, tenant, PoolKeys.SIZE_OF_TENANT, otherwise);
  }

  /** Whether any tenant has a share of its own. */
  boolean limitShares() {
    String end = "." + PoolKeys.SIZE_OF_TENANT.name();
    return values.keySet().stream()
        .anyMatch(key -> key.startsWith(Scope.TENANT.key + ".") && key.endsWith(end));
  }

  /** The values of one key for any user or database; zero durations aside. */
  Stream<Duration> timeouts() {
    return values.entrySet().stream()
        .filter(each -> each.getKey().endsWith("-timeout"))
        .filter(each -> !each.getKey().endsWith(".wait-timeout"))
        .map(each -> (Duration) each.getValue())
        .filter(each -> !each.isZero());
  }
}
