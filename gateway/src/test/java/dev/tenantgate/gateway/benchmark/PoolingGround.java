package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.migrator.testing.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The ground of both poolers: the tenants' tables, and equivalent settings for each. Confined to
 * one thread.
 */
final class PoolingGround {

  /** Of the tenants' schemas; a number follows that has as many digits for each. */
  private static final String SCHEMA = "bench_";

  static final int FIRST_TENANT = 100_001;

  private static final int MOST_CLIENTS = 20_000;
  private static final int TENANTS_PER_TRANSACTION = 500;

  /** Connections that a server needs besides those of a peer. */
  private static final int SPARE_CONNECTIONS = 40;

  private final BenchmarkServer server;
  private final Path folder;
  private final Path pgbouncer;
  private final PgBouncerVersion version;
  private final int size;

  /** Where Unix-domain sockets are made. */
  private final Path sockets;

  /** How many tenants there are. */
  private int furnished;

  /**
   * Prepares nothing yet.
   *
   * @param folder an empty one, for files
   * @param pgbouncer the executable
   * @param size how many backends a pool may have
   */
  PoolingGround(BenchmarkServer server, Path folder, Path pgbouncer, int size)
      throws IOException, InterruptedException {
    this.server = server;
    this.folder = folder;
    this.pgbouncer = pgbouncer;
    this.version = PgBouncerVersion.of(pgbouncer);
    this.size = size;
    this.sockets = Files.createDirectory(folder.resolve("s"));
    Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  PgBouncerVersion version() {
    return version;
  }

  /** The schema of a tenant. */
  static String schema(int tenant) {
    return SCHEMA + (FIRST_TENANT - 1 + tenant);
  }

  /**
   * Makes the schemas of the tenants that are missing, migrates them, and fills their tables.
   *
   * @param tenants how many there are to be
   */
  void furnish(int tenants) throws Exception {
    Path migrations = Files.createDirectories(folder.resolve("migrations").resolve("tenant"));
    Files.writeString(
        migrations.resolve("00001_accounts.sql"),
        "CREATE TABLE accounts (aid int PRIMARY KEY, balance int NOT NULL);\n");
    int first = furnished + 1;
    inBatches(first, tenants, tenant -> "CREATE SCHEMA %s;%n".formatted(schema(tenant)));
    CommandRun.of(
        server,
        folder,
        "migrate",
        "all",
        "--config",
        gatewaySettings(Peer.GATEWAY, "trust", FreePorts.next()).toString());
    inBatches(
        first,
        tenants,
        tenant ->
            "INSERT INTO %s.accounts SELECT i, i FROM generate_series(1, %d) i;%n"
                .formatted(schema(tenant), PoolingRow.ACCOUNTS));
    server.execute(
        ("CREATE TABLE IF NOT EXISTS %s.wide AS"
                + " SELECT repeat('x', 100) AS filler FROM generate_series(1, %d)")
            .formatted(schema(1), PoolingRow.WIDE_ROWS));
    server.execute("ANALYZE");
    furnished = tenants;
  }

  private void inBatches(int first, int tenants, IntFunction<String> sql) throws SQLException {
    for (int from = first; from <= tenants; from += TENANTS_PER_TRANSACTION) {
      int to = Math.min(tenants, from + TENANTS_PER_TRANSACTION - 1);
      server.execute(IntStream.rangeClosed(from, to).mapToObj(sql).collect(Collectors.joining()));
    }
  }

  /**
   * Starts a peer, and waits until it listens.
   *
   * @param scram whether clients have to log in; else everybody is trusted
   */
  Pooler start(Peer peer, boolean scram) throws Exception {
    String method = scram ? "scram-sha-256" : "trust";
    if (peer.isDirect()) {
      return pooler(peer, null, server.port());
    }
    int port = FreePorts.next();
    Path errors = folder.resolve("peer-%d.err".formatted(port));
    Path out = folder.resolve("peer-%d.out".formatted(port));
    Process process =
        peer.isGateway()
            ? CommandRun.start(
                out, errors, "serve", "--config", gatewaySettings(peer, method, port).toString())
            // Its limit of open files is the one that it is started with.
            : new ProcessBuilder(
                    "sh",
                    "-c",
                    "ulimit -n $(ulimit -Hn); exec \"$0\" \"$1\"",
                    pgbouncer.toString(),
                    pgbouncerSettings(peer, method, port).toString())
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .start();
    Pooler pooler = pooler(peer, process, port);
    pooler.awaitListening(errors);
    return pooler;
  }

  private Pooler pooler(Peer peer, @Nullable Process process, int port) throws SQLException {
    String host =
        !peer.isUnix()
            ? "127.0.0.1"
            : peer.isDirect() ? server.socketDirectory() : sockets.toString();
    return new Pooler(
        peer, process, host, port, server.user(), server.password(), new Naming(peer));
  }

  /** Why a peer can't take part in a load; null if it can. */
  @Nullable String obstacle(Peer peer, PoolingRow row) throws SQLException {
    int needed = SPARE_CONNECTIONS;
    for (Peer each : row.peers().subList(0, row.peers().indexOf(peer) + 1)) {
      needed += connections(each, row); // all of a row are there at once
    }
    if (needed > server.maxConnections()) {
      return "with the others it needs %d connections, and the server's max_connections is %d"
          .formatted(needed, server.maxConnections());
    }
    if (peer.isUnix() && server.socketDirectory().isEmpty()) {
      return "the server has no Unix-domain socket here";
    }
    if (peer == Peer.BOUNCER_TRACKING && !version.tracksExtraParameters()) {
      return version + " has no track_extra_parameters";
    }
    if (peer == Peer.BOUNCER
        && row.protocol().equals("prepared")
        && !version.knowsPreparedStatements()) {
      return version + " knows no prepared statements in transaction pooling";
    }
    if (row.kind() == PoolingRow.Kind.CONNECT_SCRAM && !hasSecret()) {
      return "the server's user has no password, or it isn't known";
    }
    return null;
  }

  /** How many connections to the server a peer has. */
  private int connections(Peer peer, PoolingRow row) {
    return switch (peer) {
      case DIRECT, DIRECT_UNIX -> row.clients();
      case BOUNCER_DATABASES -> PoolingRow.TENANTS;
      default -> size;
    };
  }

  private Path gatewaySettings(Peer peer, String method, int port)
      throws IOException, SQLException {
    Path file = folder.resolve("gateway-%d.yaml".formatted(port));
    String text =
        """
        listen:
          address: 127.0.0.1:%d%s
        admin:
          address: 127.0.0.1:%d
        database:
          url: "%s"%s
        tenants:
          schema: %s{tenant}
        migrations:
          locations: [%s]
        pool:
          mode: transaction
          size: %d
          begin: %s
        auth:
          method: %s
          user-list: %s
        log:
          connections: false
          disconnections: false
        """
            .formatted(
                port,
                peer.isUnix() ? "\n  unix-socket: " + sockets : "",
                FreePorts.next(),
                peer.isUnix()
                    ? "postgresql://%s@:%d/%s?host=%s"
                        .formatted(
                            server.user(),
                            server.port(),
                            server.database(),
                            server.socketDirectory())
                    : server.url(),
                server.password().isEmpty()
                    ? ""
                    : "\n  password: \"%s\"".formatted(server.password()),
                SCHEMA,
                folder.resolve("migrations"),
                size,
                peer == Peer.GATEWAY_DEFERRED ? "deferred" : "at-once",
                method,
                userList(method));
    Files.writeString(file, text);
    return file;
  }

  private Path pgbouncerSettings(Peer peer, String method, int port)
      throws IOException, SQLException {
    StringBuilder text = new StringBuilder("[databases]\n");
    String target =
        "host=%s port=%d dbname=%s"
            .formatted(
                peer.isUnix() ? server.socketDirectory() : server.host(),
                server.port(),
                server.database());
    if (peer == Peer.BOUNCER_DATABASES) {
      for (int tenant = 1; tenant <= PoolingRow.TENANTS; tenant++) {
        text.append(
            "t%d = %s pool_size=1 connect_query='SET search_path TO %s'%n"
                .formatted(tenant, target, schema(tenant)));
      }
    } else {
      text.append("%s = %s pool_size=%d%n".formatted(server.database(), target, size));
    }
    text.append(
        """
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir = %s
        auth_type = %s
        auth_file = %s
        pool_mode = transaction
        max_client_conn = %d
        log_connections = 0
        log_disconnections = 0
        """
            .formatted(port, peer.isUnix() ? sockets : "", method, userList(method), MOST_CLIENTS));
    if (peer == Peer.BOUNCER_TRACKING) {
      text.append("track_extra_parameters = search_path\n");
    }
    if (version.knowsPreparedStatements()) {
      text.append("max_prepared_statements = 200\n");
    }
    if ("root".equals(System.getProperty("user.name"))) {
      text.append("user = nobody\n"); // it won't run as root
    }
    Path file = folder.resolve("pgbouncer-%d.ini".formatted(port));
    Files.writeString(file, text);
    return file;
  }

  /** The list that both read. */
  private Path userList(String method) throws IOException, SQLException {
    Path file = folder.resolve("users-%s.txt".formatted(method));
    String verifier = method.equals("trust") ? null : verifier();
    Files.writeString(
        file,
        "\"%s\" \"%s\"%n"
            .formatted(server.user(), verifier == null ? server.password() : verifier));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return file;
  }

  private boolean hasSecret() throws SQLException {
    return !server.password().isEmpty() && verifier() != null;
  }

  private @Nullable String verifier() throws SQLException {
    String secret =
        value("SELECT rolpassword FROM pg_authid WHERE rolname = '%s'".formatted(server.user()));
    return secret != null && secret.startsWith("SCRAM-SHA-256$") ? secret : null;
  }

  private @Nullable String value(String query) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** How clients of a peer name their tenant. */
  private final class Naming implements Pooler.Tenants {

    private final Peer peer;

    Naming(Peer peer) {
      this.peer = peer;
    }

    @Override
    public String database(int tenant) {
      return peer == Peer.BOUNCER_DATABASES ? "t" + tenant : server.database();
    }

    @Override
    public Map<String, String> environment(int tenant) {
      return peer.tenants() == Peer.Tenants.BY_PATH
          ? Map.of("PGOPTIONS", "-c search_path=" + schema(tenant))
          : Map.of();
    }
  }
}
