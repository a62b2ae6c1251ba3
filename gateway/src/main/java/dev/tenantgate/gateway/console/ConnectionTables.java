package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.backend.OpenServer;
import dev.tenantgate.gateway.connect.ConnectionEnds;
import dev.tenantgate.gateway.session.ConnectedClient;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Clients and connections to the server, one a row, as PgBouncer shows its sockets. Thread-safe.
 */
final class ConnectionTables {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int DEBUG_COLUMNS =
      Shown.SOCKETS.columns().size() - Shown.SERVERS.columns().size();

  private final ConsoleSources sources;

  ConnectionTables(ConsoleSources sources) {
    this.sources = sources;
  }

  CompletableFuture<Table> of(Shown what) {
    CompletableFuture<List<ConnectedClient>> clients =
        sources.clients().all().toCompletableFuture();
    CompletableFuture<List<OpenServer>> servers =
        sources.pools().servers().all().toCompletableFuture();
    return switch (what) {
      case CLIENTS ->
          clients.thenApply(
              all ->
                  Table.of(
                      what.columns(),
                      all.stream(),
                      each -> and(client(each, false), each.tenant(), each.doing().waitsFor())));
      case SERVERS ->
          servers.thenApply(
              all -> Table.of(what.columns(), ordered(all), each -> server(each, false)));
      case SOCKETS, ACTIVE_SOCKETS ->
          clients.thenCombine(
              servers,
              (some, others) ->
                  new Table(
                      what.columns(),
                      Stream.concat(
                              some.stream().map(each -> client(each, true)),
                              ordered(others).map(each -> server(each, true)))
                          .map(ConnectionTables::withoutPositions)
                          .iterator()));
      default -> throw new IllegalArgumentException(what.keyword());
    };
  }

  /** Orders servers: the ones in use come first, as in PgBouncer's list. */
  private static Stream<OpenServer> ordered(List<OpenServer> servers) {
    return servers.stream()
        .sorted(
            Comparator.comparing((OpenServer each) -> each.key().database())
                .thenComparing(each -> each.key().user())
                .thenComparing(each -> !each.lent())
                .thenComparing(OpenServer::process));
  }

  private static List<@Nullable Object> client(ConnectedClient client, boolean prefixed) {
    return socket(
        "C",
        client.user(),
        client.database(),
        client.replication() == null
            ? "none"
            : client.replication().equals("database") ? "logical" : "physical",
        (prefixed ? "cl_" : "") + client.doing().state(),
        client.ends(),
        client.connectedMillis(),
        client.requestedMillis(),
        client.waitMicros(),
        false,
        hex(client.process()),
        hex(client.backend()),
        0,
        client.application(),
        client.prepared(),
        client.id());
  }

  private static List<@Nullable Object> server(OpenServer server, boolean prefixed) {
    long now = System.currentTimeMillis();
    return socket(
        "S",
        server.key().user(),
        server.key().database(),
        "none",
        (prefixed ? "sv_" : "") + (server.lent() ? "active" : "idle"),
        server.ends(),
        now - TimeUnit.NANOSECONDS.toMillis(server.ageNanos()),
        now - TimeUnit.NANOSECONDS.toMillis(server.idleNanos()),
        0,
        server.outdated(),
        hex(server.process()),
        hex(server.client()),
        server.process(),
        "",
        server.prepared(),
        server.process());
  }

  private static List<@Nullable Object> socket(
      String type,
      String user,
      String database,
      String replication,
      String state,
      ConnectionEnds ends,
      long connectedMillis,
      long requestedMillis,
      long waitMicros,
      boolean closeNeeded,
      String ptr,
      String link,
      int process,
      String application,
      int prepared,
      long id) {
    return Table.row(
        type,
        user,
        database,
        replication,
        state,
        ends.remote(),
        ends.remotePort(),
        ends.local(),
        ends.localPort(),
        TIME.format(Instant.ofEpochMilli(connectedMillis)),
        TIME.format(Instant.ofEpochMilli(requestedMillis)),
        waitMicros / 1_000_000,
        waitMicros % 1_000_000,
        closeNeeded ? 1 : 0,
        ptr,
        link,
        process,
        ends.tls(),
        application,
        prepared,
        id);
  }

  /** Clients and servers are told apart by these numbers, and linked by them. */
  private static String hex(int process) {
    return process == 0 ? "" : "0x" + Integer.toHexString(process);
  }

  private static List<@Nullable Object> and(List<@Nullable Object> row, @Nullable Object... more) {
    return Stream.concat(row.stream(), Arrays.stream(more)).toList();
  }

  /** PgBouncer's numbers of its buffers have no equal here. */
  private static List<@Nullable Object> withoutPositions(List<@Nullable Object> row) {
    return Stream.concat(row.stream(), Stream.<Object>generate(() -> 0).limit(DEBUG_COLUMNS))
        .toList();
  }
}
