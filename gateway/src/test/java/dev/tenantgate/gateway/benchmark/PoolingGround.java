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
import org.jspecify.annotations.Nullable;

/**
 * What both poolers stand on: the tenants' tables, and settings for each of them that come to the
 * same. Confined to one thread.
 */
final class PoolingGround {

  /** Of the tenants' schemas; a number follows that has as many digits for each. */
  private static final String SCHEMA = "bench_";

  private static final int FIRST_TENANT = 100_001;

  private static final int MOST_CLIENTS = 20_000;

  private final BenchmarkServer server;
  private final Path folder;
  private final Path pgbouncer;
  private final PgBouncerVersion version;
  private final int size;
  private final int tenants;

  /**
   * Prepares nothing yet.
   *
   * @param folder an empty one, for files
   * @param pgbouncer the executable
   * @param size how many backends a pool may have
   * @param tenants how many there are
   */
  PoolingGround(BenchmarkServer server, Path folder, Path pgbouncer, int size, int tenants)
      throws IOException, InterruptedException {
    this.server = server;
    this.folder = folder;
    this.pgbouncer = pgbouncer;
    this.version = PgBouncerVersion.of(pgbouncer);
    this.size = size;
    this.tenants = tenants;
  }

  PgBouncerVersion version() {
    return version;
  }

  private static String schema(int tenant) {
    return SCHEMA + (FIRST_TENANT - 1 + tenant);
  }

  /** Makes the tenants' schemas, migrates them, and fills their tables. */
  void furnish() throws Exception {
    Path migrations = Files.createDirectories(folder.resolve("migrations").resolve("tenant"));
    Files.writeString(
        migrations.resolve("00001_accounts.sql"),
        "CREATE TABLE accounts (aid int PRIMARY KEY, balance int NOT NULL);\n");
    StringBuilder schemas = new StringBuilder();
    StringBuilder rows = new StringBuilder();
    for (int tenant = 1; tenant <= tenants; tenant++) {
      schemas.append("CREATE SCHEMA %s;\n".formatted(schema(tenant)));
      rows.append(
          "INSERT INTO %s.accounts SELECT i, i FROM generate_series(1, %d) i;\n"
              .formatted(schema(tenant), PoolingRow.ACCOUNTS));
    }
    rows.append(
        "CREATE TABLE %s.wide AS SELECT repeat('x', 100) AS filler FROM generate_series(1, %d);\n"
            .formatted(schema(1), PoolingRow.WIDE_ROWS));
    server.execute(schemas.toString());
    CommandRun.of(
        server,
        folder,
        "migrate",
        "all",
        "--config",
        gatewaySettings("trust", FreePorts.next()).toString());
    server.execute(rows.toString());
    server.execute("VACUUM (ANALYZE)");
  }

  /** A gateway that trusts everybody, or has everybody log in. */
  Pooler gateway(boolean scram) throws Exception {
    int port = FreePorts.next();
    Path errors = folder.resolve("gateway-%d.err".formatted(port));
    Process process =
        CommandRun.start(
            folder.resolve("gateway-%d.out".formatted(port)),
            errors,
            "serve",
            "--config",
            gatewaySettings(scram ? "scram-sha-256" : "trust", port).toString());
    Pooler pooler =
        new Pooler(
            "tenantgate", process, port, server.user(), server.password(), new BySearchPath());
    pooler.awaitListening(errors);
    return pooler;
  }

  private Path gatewaySettings(String method, int port) throws IOException, SQLException {
    Path file = folder.resolve("gateway-%d.yaml".formatted(port));
    String text =
        """
        listen:
          address: 127.0.0.1:%d
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
        auth:
          method: %s
          user-list: %s
        """
            .formatted(
                port,
                FreePorts.next(),
                server.url(),
                server.password().isEmpty()
                    ? ""
                    : "\n  password: \"%s\"".formatted(server.password()),
                SCHEMA,
                folder.resolve("migrations"),
                size,
                method,
                userList(method));
    Files.writeString(file, text);
    return file;
  }

  /** A PgBouncer that trusts everybody, or has everybody log in. */
  Pooler pgbouncer(boolean scram) throws Exception {
    int port = FreePorts.next();
    String method = scram ? "scram-sha-256" : "trust";
    Path file = folder.resolve("pgbouncer-%d.ini".formatted(port));
    Files.writeString(file, pgbouncerSettings(method, port));
    Path errors = folder.resolve("pgbouncer-%d.err".formatted(port));
    // Its limit of open files is the one that it is started with.
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n $(ulimit -Hn); exec \"$0\" \"$1\"",
                pgbouncer.toString(),
                file.toString())
            .redirectOutput(folder.resolve("pgbouncer-%d.out".formatted(port)).toFile())
            .redirectError(errors.toFile())
            .start();
    Pooler pooler =
        new Pooler(
            version.toString(), process, port, server.user(), server.password(), new ByDatabase());
    pooler.awaitListening(errors);
    return pooler;
  }

  private String pgbouncerSettings(String method, int port) throws IOException, SQLException {
    StringBuilder text = new StringBuilder("[databases]\n");
    String target =
        "host=%s port=%d dbname=%s".formatted(server.host(), server.port(), server.database());
    for (int tenant = 1; tenant <= tenants; tenant++) {
      text.append(
          "t%d = %s pool_size=%d connect_query='SET search_path TO %s'%n"
              .formatted(tenant, target, tenant == 1 ? size : 1, schema(tenant)));
    }
    text.append(
        """
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = %s
        auth_file = %s
        pool_mode = transaction
        max_client_conn = %d
        log_connections = 0
        log_disconnections = 0
        """
            .formatted(port, method, userList(method), MOST_CLIENTS));
    if (version.knowsPreparedStatements()) {
      text.append("max_prepared_statements = 200\n");
    }
    if ("root".equals(System.getProperty("user.name"))) {
      text.append("user = nobody\n"); // it won't run as root
    }
    return text.toString();
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

  /** Whether there is a secret to log in by. */
  boolean hasSecret() throws SQLException {
    return !server.password().isEmpty() && verifier() != null;
  }

  private @Nullable String verifier() throws SQLException {
    String secret =
        value("SELECT rolpassword FROM pg_authid WHERE rolname = '%s'".formatted(server.user()));
    return secret != null && secret.startsWith("SCRAM-SHA-256$") ? secret : null;
  }

  /** How many connections the server takes. */
  int maxConnections() throws SQLException {
    String value = value("SHOW max_connections");
    return value == null ? 0 : Integer.parseInt(value);
  }

  private @Nullable String value(String query) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** The gateway's way. */
  private final class BySearchPath implements Pooler.Tenants {

    @Override
    public String database(int tenant) {
      return server.database();
    }

    @Override
    public Map<String, String> environment(int tenant) {
      return Map.of("PGOPTIONS", "-c search_path=" + schema(tenant));
    }
  }

  /** PgBouncer's way, which every version of it knows: a pool for each tenant. */
  private static final class ByDatabase implements Pooler.Tenants {

    @Override
    public String database(int tenant) {
      return "t" + tenant;
    }

    @Override
    public Map<String, String> environment(int tenant) {
      return Map.of();
    }
  }
}
