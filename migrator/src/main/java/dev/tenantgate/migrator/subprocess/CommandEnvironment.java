package dev.tenantgate.migrator.subprocess;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.DriverProperties;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The environment of a command: the schema, the required version, and how to connect, straight to
 * the server. In its environment, which other users can't see. Stateless.
 */
public final class CommandEnvironment {

  /**
   * The default of libpq and of pgjdbc, which isn't said: node-postgres takes it for {@code
   * require}, and fails where the server has no TLS.
   */
  private static final String DEFAULT_SSL_MODE = "prefer";

  /** Stands in the URL as well, which has parameters so that a command can add its own. */
  private static final String NAME = "tenantgate-command";

  private CommandEnvironment() {}

  public static Map<String, String> of(
      DatabaseSettings database, SchemaRef schema, String required) {
    Map<String, String> environment = new HashMap<>();
    String tenant = schema.tenant();
    environment.put("TENANTGATE_TENANT", tenant == null ? "" : tenant);
    environment.put("TENANTGATE_SCHEMA", schema.schema());
    environment.put("TENANTGATE_REQUIRED", required);
    environment.put("TENANTGATE_REQUIREMENT", required);
    putForLibpq(database, schema, environment);
    putUrls(database, schema, environment);
    return environment;
  }

  private static void putForLibpq(
      DatabaseSettings database, SchemaRef schema, Map<String, String> environment) {
    environment.put("PGHOST", database.host());
    environment.put("PGPORT", Integer.toString(database.port()));
    environment.put("PGUSER", database.user());
    environment.put("PGDATABASE", database.database());
    if (!isDefault(database.sslMode())) {
      environment.put("PGSSLMODE", database.sslMode());
    }
    environment.put("PGAPPNAME", NAME);
    environment.put("PGOPTIONS", "-c search_path=" + escaped(searchPath(schema)));
    String password = database.password();
    if (password != null) {
      environment.put("PGPASSWORD", password);
    }
    String ca = database.ca();
    if (ca != null) {
      environment.put("PGSSLROOTCERT", DriverProperties.caFile(ca).toString());
    }
  }

  private static void putUrls(
      DatabaseSettings database, SchemaRef schema, Map<String, String> environment) {
    String password = database.password();
    String ca = database.ca();
    String more = isDefault(database.sslMode()) ? "" : "&sslmode=" + database.sslMode();
    if (ca != null) {
      more += "&sslrootcert=" + encoded(DriverProperties.caFile(ca).toString());
    }
    String address =
        "%s:%d/%s".formatted(host(database), database.port(), encoded(database.database()));
    environment.put(
        "TENANTGATE_URL",
        "postgresql://%s%s@%s?application_name=%s%s"
            .formatted(
                encoded(database.user()),
                password == null ? "" : ":" + encoded(password),
                address,
                NAME,
                more));
    environment.put(
        "TENANTGATE_JDBC_URL",
        "jdbc:postgresql://%s?currentSchema=%s%s%s"
            .formatted(
                jdbcAddress(database, address),
                encoded(schema.schema()),
                jdbcSocket(database),
                more));
  }

  private static boolean isDefault(String sslMode) {
    return sslMode.equalsIgnoreCase(DEFAULT_SSL_MODE);
  }

  /** A Unix-domain socket's directory stands escaped, as libpq has it. */
  private static String host(DatabaseSettings database) {
    String host = database.host();
    if (database.address().isUnixSocket()) {
      return encoded(host);
    }
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  private static String jdbcAddress(DatabaseSettings database, String address) {
    return database.address().isUnixSocket()
        ? "localhost:%d/%s".formatted(database.port(), encoded(database.database()))
        : address;
  }

  /** JDBC reaches a Unix-domain socket by a factory that the command has to bring along. */
  private static String jdbcSocket(DatabaseSettings database) {
    return database.address().isUnixSocket()
        ? "&socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory%24FactoryArg&socketFactoryArg="
            + encoded(database.address().socketFile())
        : "";
  }

  private static String searchPath(SchemaRef schema) {
    String own = SqlIdentifier.quote(schema.schema());
    return schema.isPublic() ? own : own + ",public";
  }

  /** The server splits options at blanks that no backslash stands before. */
  private static String escaped(String option) {
    return option.replace("\\", "\\\\").replace(" ", "\\ ");
  }

  public static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
