package dev.tenantgate.gateway.console;

import static dev.tenantgate.gateway.console.Table.row;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsReference;
import dev.tenantgate.config.TcpSettings;
import dev.tenantgate.gateway.memory.Bound;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The gateway's settings, bounds and version. Thread-safe. */
final class SettingsTables {

  private static final Map<String, SettingsReference.Entry> REFERENCE =
      SettingsReference.entries().stream()
          .collect(Collectors.toMap(SettingsReference.Entry::key, Function.identity()));

  private final ConsoleSources sources;

  SettingsTables(ConsoleSources sources) {
    this.sources = sources;
  }

  Table of(Shown what) {
    return switch (what) {
      case VERSION ->
          Table.of(
              what.columns(),
              Stream.of("PgBouncer 1.25.0 (Tenantgate " + sources.version() + ")"),
              Table::row);
      case STATE -> state();
      case CONFIG -> config();
      case MEM -> memory();
      case PEERS, PEER_POOLS -> Table.of(what.columns(), Stream.of(), Table::row);
      default -> throw new IllegalArgumentException(what.keyword());
    };
  }

  private Table state() {
    boolean paused = sources.gateService().sessions().pauses().areAllPaused();
    return new Table(
        Shown.STATE.columns(),
        List.of(
                row("active", paused ? "no" : "yes"),
                row("paused", paused ? "yes" : "no"),
                row("suspended", "no"))
            .iterator());
  }

  // ---- settings

  /** PgBouncer's names first, for those who look for them; then all of our own. */
  private Table config() {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    Settings settings = sources.settings();
    PoolSettings pool = settings.pool();
    boolean pooled = pool.mode() == PoolSettings.Mode.TRANSACTION;
    asPgBouncer(rows, "max_client_conn", settings.listen().maxConnections(), 100);
    asPgBouncer(rows, "default_pool_size", pool.size(), 20);
    asPgBouncer(rows, "min_pool_size", pool.minIdle(), 0);
    asPgBouncer(rows, "reserve_pool_size", 0, 0);
    limits(rows, pool, pooled);
    asPgBouncer(rows, "pool_mode", pool.mode().name().toLowerCase(Locale.ROOT), "session");
    asPgBouncer(rows, "query_wait_timeout", pool.waitTimeout().toSeconds(), 120);
    asPgBouncer(rows, "server_idle_timeout", pool.idleTimeout().toSeconds(), 600);
    asPgBouncer(rows, "server_lifetime", pool.maxLifetime().toSeconds(), 3600);
    asPgBouncer(rows, "max_prepared_statements", pool.maxPrepared(), 200);
    timeouts(rows, pool.timeouts());
    asPgBouncer(rows, "client_login_timeout", settings.listen().loginTimeout().toSeconds(), 60);
    sockets(rows, settings.listen().tcp());
    asPgBouncer(rows, "admin_users", String.join(",", settings.console().users()), "");
    asPgBouncer(rows, "stats_users", String.join(",", settings.console().statsUsers()), "");
    sources.effective().get().forEach(setting -> rows.add(own(setting)));
    return new Table(Shown.CONFIG.columns(), rows.iterator());
  }

  private static void limits(List<List<@Nullable Object>> rows, PoolSettings pool, boolean pooled) {
    PoolOverrides overrides = pool.overrides();
    int ofDatabase = overrides.backends(Scope.DATABASE, "*").most();
    asPgBouncer(
        rows,
        "max_db_connections",
        ofDatabase > 0 ? ofDatabase : pooled ? pool.maxBackends() : 0,
        0);
    asPgBouncer(
        rows, "max_db_client_connections", overrides.clients(Scope.DATABASE, "*").most(), 0);
    asPgBouncer(rows, "max_user_connections", overrides.backends(Scope.USER, "*").most(), 0);
    asPgBouncer(rows, "max_user_client_connections", overrides.clients(Scope.USER, "*").most(), 0);
  }

  private static void timeouts(List<List<@Nullable Object>> rows, ClientTimeouts timeouts) {
    asPgBouncer(rows, "query_timeout", timeouts.query().toSeconds(), 0);
    asPgBouncer(rows, "transaction_timeout", timeouts.transaction().toSeconds(), 0);
    asPgBouncer(rows, "idle_transaction_timeout", timeouts.idleTransaction().toSeconds(), 0);
    asPgBouncer(rows, "client_idle_timeout", timeouts.clientIdle().toSeconds(), 0);
  }

  private static void sockets(List<List<@Nullable Object>> rows, TcpSettings tcp) {
    asPgBouncer(rows, "tcp_keepidle", tcp.idle().toSeconds(), 0);
    asPgBouncer(rows, "tcp_keepintvl", tcp.interval().toSeconds(), 0);
    asPgBouncer(rows, "tcp_keepcnt", tcp.count(), 0);
    asPgBouncer(rows, "tcp_user_timeout", tcp.userTimeout().toMillis(), 0);
  }

  private static void asPgBouncer(
      List<List<@Nullable Object>> rows, String key, Object value, Object usual) {
    rows.add(row(key, value, usual, "no"));
  }

  private static List<@Nullable Object> own(EffectiveSetting setting) {
    SettingsReference.Entry entry = REFERENCE.get(setting.key());
    // A name's own value stands in no reference: all of those can be changed.
    boolean changeable = entry == null || !entry.reload().equals("needs a restart");
    return row(
        setting.key(),
        setting.value(),
        entry == null ? null : entry.defaultValue(),
        changeable ? "yes" : "no");
  }

  // ---- memory

  /** The bounds of what clients can make the gateway keep, and the memory of the process. */
  private Table memory() {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Bound bound : sources.bounds().get()) {
      rows.add(used(bound.of(), bound.used().getAsLong(), bound.limit().getAsLong()));
    }
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    rows.add(used("heap_bytes", heap.getUsed(), heap.getMax()));
    return new Table(Shown.MEM.columns(), rows.iterator());
  }

  private static List<@Nullable Object> used(String of, long used, long limit) {
    return row(of, 1, used, Math.max(0, limit - used), limit);
  }
}
