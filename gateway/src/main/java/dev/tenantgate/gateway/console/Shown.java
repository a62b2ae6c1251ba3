package dev.tenantgate.gateway.console;

import static dev.tenantgate.gateway.console.Column.int4;
import static dev.tenantgate.gateway.console.Column.int8;
import static dev.tenantgate.gateway.console.Column.numeric;
import static dev.tenantgate.gateway.console.Column.text;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * All that SHOW shows, with its columns. The first ones are PgBouncer's, with the columns, their
 * order and their types of its version 1.25; columns of our own stand behind those.
 */
enum Shown {
  ACTIVE_SOCKETS(Columns.DEBUG_SOCKET),
  CLIENTS(Columns.CLIENT),
  CONFIG(text("key"), text("value"), text("default"), text("changeable")),
  DATABASES(
      text("name"),
      text("host"),
      int4("port"),
      text("database"),
      text("force_user"),
      int4("pool_size"),
      int4("min_pool_size"),
      int4("reserve_pool_size"),
      int8("server_lifetime"),
      text("pool_mode"),
      text("load_balance_hosts"),
      int4("max_connections"),
      int4("current_connections"),
      int4("max_client_connections"),
      int4("current_client_connections"),
      int4("paused"),
      int4("disabled")),
  LISTS(text("list"), int4("items")),
  MEM(text("name"), int8("size"), int8("used"), int8("free"), int8("memtotal")),
  PEERS(int4("peer_id"), text("host"), int4("port"), int4("pool_size")),
  PEER_POOLS(
      int4("peer_id"),
      int4("cl_active_cancel_req"),
      int4("cl_waiting_cancel_req"),
      int4("sv_active_cancel"),
      int4("sv_login")),
  POOLS(
      text("database"),
      text("user"),
      int4("cl_active"),
      int4("cl_waiting"),
      int4("cl_active_cancel_req"),
      int4("cl_waiting_cancel_req"),
      int4("sv_active"),
      int4("sv_active_cancel"),
      int4("sv_being_canceled"),
      int4("sv_idle"),
      int4("sv_used"),
      int4("sv_tested"),
      int4("sv_login"),
      int4("maxwait"),
      int4("maxwait_us"),
      text("pool_mode"),
      text("load_balance_hosts")),
  SERVERS(Columns.SOCKET),
  SOCKETS(Columns.DEBUG_SOCKET),
  STATE(text("key"), text("value")),
  STATS(Columns.stats()),
  STATS_AVERAGES(Columns.sums("avg_")),
  STATS_TOTALS(Columns.sums("")),
  TOTALS(text("name"), numeric("value")),
  USERS(
      text("name"),
      text("pool_size"),
      text("reserve_pool_size"),
      text("pool_mode"),
      int4("max_user_connections"),
      int4("current_connections"),
      int4("max_user_client_connections"),
      int4("current_client_connections")),
  VERSION(text("version")),
  // ---- our own
  DRAINS(text("schema"), text("tenant"), text("state"), text("holder")),
  HELD(
      int4("id"),
      text("tenant"),
      text("database"),
      text("user"),
      text("application_name"),
      text("addr"),
      int4("port"),
      int8("held_ms")),
  MIGRATIONS(
      text("schema"),
      text("tenant"),
      text("version"),
      int4("pending"),
      text("next"),
      int8("running_ms")),
  PINNED(
      text("tenant"),
      text("user"),
      text("application_name"),
      text("client"),
      int4("backend_pid"),
      text("state"),
      text("reason"),
      int8("pinned_ms")),
  PREPARED_STATEMENTS(text("statement"), int8("bytes"), int4("uses")),
  TENANTS(
      text("tenant"),
      text("schema"),
      text("state"),
      text("version"),
      int4("applied"),
      int4("pending"),
      int4("held"),
      int4("paused"),
      text("error"));

  @SuppressWarnings("ImmutableEnumChecker") // the lists are
  private final List<Column> columns;

  Shown(Column... columns) {
    this(List.of(columns));
  }

  Shown(List<Column> columns) {
    this.columns = columns;
  }

  /** The columns of its result. */
  List<Column> columns() {
    return columns;
  }

  /** As it is typed. */
  String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Columns that several results have. */
  private static final class Columns {

    static final List<Column> SOCKET =
        List.of(
            text("type"),
            text("user"),
            text("database"),
            text("replication"),
            text("state"),
            text("addr"),
            int4("port"),
            text("local_addr"),
            int4("local_port"),
            text("connect_time"),
            text("request_time"),
            int4("wait"),
            int4("wait_us"),
            int4("close_needed"),
            text("ptr"),
            text("link"),
            int4("remote_pid"),
            text("tls"),
            text("application_name"),
            int4("prepared_statements"),
            int4("id"));

    static final List<Column> CLIENT = and(SOCKET, text("tenant"), text("waits_for"));

    static final List<Column> DEBUG_SOCKET =
        and(
            SOCKET,
            int4("recv_pos"),
            int4("pkt_pos"),
            int4("pkt_remain"),
            int4("send_pos"),
            int4("send_remain"),
            int4("pkt_avail"),
            int4("send_avail"));

    private static List<Column> and(List<Column> columns, Column... more) {
      return Stream.concat(columns.stream(), Stream.of(more)).toList();
    }

    static List<Column> stats() {
      return Stream.concat(
              Stream.of(text("database")), Stream.concat(named("total_"), named("avg_")))
          .map(Columns::renamed)
          .toList();
    }

    static List<Column> sums(String prefixOfLast) {
      return Stream.concat(
              Stream.of(text("database")),
              Stream.concat(
                  Stream.of(
                          "server_assignment_count",
                          "xact_count",
                          "query_count",
                          "bytes_received",
                          "bytes_sent",
                          "xact_time",
                          "query_time",
                          "wait_time")
                      .map(Column::numeric),
                  Stream.of(
                          "client_parse_count",
                          "server_parse_count",
                          "bind_count",
                          "client_login_count")
                      .map(name -> numeric(prefixOfLast + name))))
          .toList();
    }

    private static Stream<Column> named(String prefix) {
      return sums("").stream().skip(1).map(column -> numeric(prefix + column.name()));
    }

    /** PgBouncer names the bytes otherwise here. */
    private static Column renamed(Column column) {
      return switch (column.name()) {
        case "total_bytes_received" -> numeric("total_received");
        case "total_bytes_sent" -> numeric("total_sent");
        case "avg_bytes_received" -> numeric("avg_recv");
        case "avg_bytes_sent" -> numeric("avg_sent");
        default -> column;
      };
    }
  }
}
