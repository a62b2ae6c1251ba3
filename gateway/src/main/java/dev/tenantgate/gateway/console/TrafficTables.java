package dev.tenantgate.gateway.console;

import static dev.tenantgate.gateway.console.Table.row;

import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.drain.Pauses;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.traffic.TrafficAverages;
import dev.tenantgate.gateway.traffic.TrafficAverages.Growth;
import dev.tenantgate.gateway.traffic.TrafficCount;
import dev.tenantgate.gateway.traffic.TrafficLevel;
import dev.tenantgate.gateway.traffic.TrafficTotals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The traffic of each database's and user's clients, as PgBouncer shows it. Thread-safe. */
final class TrafficTables {

  private static final List<TrafficCount> COUNTS =
      List.of(
          TrafficCount.SERVER_ASSIGNMENTS,
          TrafficCount.TRANSACTIONS,
          TrafficCount.QUERIES,
          TrafficCount.RECEIVED_BYTES,
          TrafficCount.SENT_BYTES,
          TrafficCount.TRANSACTION_NANOS,
          TrafficCount.QUERY_NANOS,
          TrafficCount.WAIT_NANOS,
          TrafficCount.CLIENT_PARSES,
          TrafficCount.SERVER_PARSES,
          TrafficCount.BINDS,
          TrafficCount.CLIENT_LOGINS);

  private final ConsoleSources sources;

  TrafficTables(ConsoleSources sources) {
    this.sources = sources;
  }

  Table of(Shown what) {
    return switch (what) {
      case DATABASES -> databases();
      case POOLS -> Table.of(what.columns(), sources.traffic().keys().stream(), this::pool);
      case USERS -> users();
      case LISTS ->
          Table.of(
              what.columns(),
              lists().entrySet().stream(),
              list -> row(list.getKey(), list.getValue()));
      case STATS -> sums(what, (database, sums) -> both(sums(sums), averages(database)));
      case STATS_TOTALS -> sums(what, (database, sums) -> sums(sums));
      case STATS_AVERAGES -> sums(what, (database, sums) -> averages(database));
      case TOTALS -> totals();
      default -> throw new IllegalArgumentException(what.keyword());
    };
  }

  // ---- pools, databases, users

  private List<@Nullable Object> pool(PoolKey key) {
    TrafficTotals totals = sources.traffic().totals(key);
    long waiting = totals.of(TrafficLevel.CLIENTS_WAITING);
    long longest =
        TimeUnit.NANOSECONDS.toMicros(sources.traffic().longestWaitNanos(key, System.nanoTime()));
    return row(
        key.database(),
        key.user(),
        Math.max(0, totals.of(TrafficLevel.CLIENTS) - waiting),
        waiting,
        0,
        0,
        totals.of(TrafficLevel.SERVERS_ACTIVE),
        0,
        0,
        totals.of(TrafficLevel.SERVERS_IDLE),
        0,
        0,
        totals.of(TrafficLevel.SERVERS_OPENING),
        longest / 1_000_000,
        longest % 1_000_000,
        mode(),
        null);
  }

  private String mode() {
    return sources.settings().pool().mode().name().toLowerCase(Locale.ROOT);
  }

  private boolean arePooled() {
    return sources.settings().pool().mode() == PoolSettings.Mode.TRANSACTION;
  }

  private Table databases() {
    Settings settings = sources.settings();
    Map<String, TrafficTotals> totals = TrafficAverages.byDatabase(sources.traffic());
    SortedSet<String> names = new TreeSet<>(totals.keySet());
    names.add(settings.database().database());
    names.addAll(pauses().databases());
    names.addAll(pauses().disabledDatabases());
    names.addAll(named(Scope.DATABASE));
    return Table.of(
        Shown.DATABASES.columns(),
        names.stream(),
        name -> database(name, totals.getOrDefault(name, TrafficTotals.NONE)));
  }

  private List<@Nullable Object> database(String name, TrafficTotals totals) {
    Settings settings = sources.settings();
    PoolSettings pool = settings.pool().of(name, "");
    int most = pool.overrides().backends(Scope.DATABASE, name).most();
    int clients = pool.overrides().clients(Scope.DATABASE, name).most();
    int all = settings.listen().maxConnections();
    return row(
        name,
        settings.database().host(),
        settings.database().port(),
        name,
        null,
        arePooled() ? pool.size() : 0,
        arePooled() ? pool.minIdle() : 0,
        0,
        arePooled() ? pool.maxLifetime().toSeconds() : 0,
        mode(),
        null,
        arePooled() ? most(most, pool.maxBackends()) : most,
        servers(totals),
        most(clients, all),
        sources.named().clients(Scope.DATABASE, name),
        pauses().isPaused(name) ? 1 : 0,
        pauses().isDisabled(name, null) ? 1 : 0);
  }

  /** The smaller of two limits, the first of which may be none. */
  private static int most(int limit, int ofAll) {
    return limit == 0 ? ofAll : Math.min(limit, ofAll);
  }

  /** The names that have limits of their own. */
  private SortedSet<String> named(Scope scope) {
    SortedSet<String> names = sources.settings().pool().overrides().names(scope);
    names.remove("*");
    return names;
  }

  private Pauses pauses() {
    return sources.gateService().sessions().pauses();
  }

  private static long servers(TrafficTotals totals) {
    return totals.of(TrafficLevel.SERVERS_ACTIVE)
        + totals.of(TrafficLevel.SERVERS_IDLE)
        + totals.of(TrafficLevel.SERVERS_OPENING);
  }

  private Table users() {
    Map<String, TrafficTotals> byUser = new TreeMap<>();
    sources.settings().console().users().forEach(user -> byUser.put(user, TrafficTotals.NONE));
    sources.settings().console().statsUsers().forEach(user -> byUser.put(user, TrafficTotals.NONE));
    named(Scope.USER).forEach(user -> byUser.put(user, TrafficTotals.NONE));
    for (PoolKey key : sources.traffic().keys()) {
      byUser.merge(key.user(), sources.traffic().totals(key), TrafficTotals::plus);
    }
    return Table.of(
        Shown.USERS.columns(),
        byUser.entrySet().stream(),
        user -> user(user.getKey(), user.getValue()));
  }

  private List<@Nullable Object> user(String name, TrafficTotals totals) {
    PoolSettings pool = sources.settings().pool();
    String database = sources.settings().database().database();
    boolean own = pool.keyOf(PoolSettings.Own.SIZE, database, name).startsWith("pool.per-user.");
    return row(
        name,
        own ? String.valueOf(pool.of(database, name).size()) : "",
        "",
        mode(),
        pool.overrides().backends(Scope.USER, name).most(),
        servers(totals),
        pool.overrides().clients(Scope.USER, name).most(),
        sources.named().clients(Scope.USER, name));
  }

  private Map<String, Long> lists() {
    List<PoolKey> keys = sources.traffic().keys();
    TrafficTotals all = all();
    long clients = bound("connections", Bound::used);
    Map<String, Long> lists = new LinkedHashMap<>();
    lists.put("databases", keys.stream().map(PoolKey::database).distinct().count());
    lists.put("users", keys.stream().map(PoolKey::user).distinct().count());
    lists.put("peers", sources.predecessorClients().getAsInt() > 0 ? 1L : 0L);
    lists.put("pools", (long) keys.size());
    lists.put("peer_pools", 0L);
    lists.put("free_clients", Math.max(0, bound("connections", Bound::limit) - clients));
    lists.put("used_clients", clients);
    lists.put("login_clients", bound("logins", Bound::used));
    lists.put("free_servers", all.of(TrafficLevel.SERVERS_IDLE));
    lists.put("used_servers", all.of(TrafficLevel.SERVERS_ACTIVE));
    lists.put("dns_names", 0L);
    lists.put("dns_zones", 0L);
    lists.put("dns_queries", 0L);
    lists.put("dns_pending", 0L);
    return lists;
  }

  private long bound(String of, Function<Bound, LongSupplier> which) {
    return sources.bounds().get().stream()
        .filter(bound -> bound.of().equals(of))
        .mapToLong(bound -> which.apply(bound).getAsLong())
        .findFirst()
        .orElse(0);
  }

  // ---- sums

  /** Makes what follows a database's name. */
  private interface Sums {
    Stream<Object> of(String database, TrafficTotals totals);
  }

  private Table sums(Shown what, Sums sums) {
    Map<String, TrafficTotals> byDatabase =
        new TreeMap<>(TrafficAverages.byDatabase(sources.traffic()));
    return Table.of(
        what.columns(),
        byDatabase.entrySet().stream(),
        each ->
            row(
                Stream.concat(Stream.of(each.getKey()), sums.of(each.getKey(), each.getValue()))
                    .toArray()));
  }

  private static Stream<Object> both(Stream<Object> totals, Stream<Object> averages) {
    return Stream.concat(totals, averages);
  }

  private static Stream<Object> sums(TrafficTotals totals) {
    return COUNTS.stream().map(count -> shown(count, totals.of(count)));
  }

  private Stream<Object> averages(String database) {
    Growth growth = sources.averages().of(database);
    return COUNTS.stream().map(count -> shown(count, average(growth, count)));
  }

  private static long average(Growth growth, TrafficCount count) {
    return switch (count) {
      case TRANSACTION_NANOS -> growth.per(count, TrafficCount.TRANSACTIONS);
      case QUERY_NANOS -> growth.per(count, TrafficCount.QUERIES);
      default -> growth.perSecond(count);
    };
  }

  /** Times are shown in microseconds. */
  private static long shown(TrafficCount count, long value) {
    return switch (count) {
      case TRANSACTION_NANOS, QUERY_NANOS, WAIT_NANOS -> TimeUnit.NANOSECONDS.toMicros(value);
      default -> value;
    };
  }

  private TrafficTotals all() {
    return TrafficAverages.byDatabase(sources.traffic()).values().stream()
        .reduce(TrafficTotals.NONE, TrafficTotals::plus);
  }

  private Table totals() {
    List<String> names =
        List.of(
            "server_assignment_count",
            "xact_count",
            "query_count",
            "client_bytes",
            "server_bytes",
            "xact_time",
            "query_time",
            "wait_time",
            "ps_client_parse_count",
            "ps_server_parse_count",
            "ps_bind_count",
            "client_login_count");
    TrafficTotals all = all();
    Growth growth = sources.averages().ofAll();
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (int i = 0; i < COUNTS.size(); i++) {
      rows.add(row("total_" + names.get(i), shown(COUNTS.get(i), all.of(COUNTS.get(i)))));
    }
    for (int i = 0; i < COUNTS.size(); i++) {
      rows.add(row("avg_" + names.get(i), shown(COUNTS.get(i), average(growth, COUNTS.get(i)))));
    }
    return new Table(Shown.TOTALS.columns(), rows.iterator());
  }
}
