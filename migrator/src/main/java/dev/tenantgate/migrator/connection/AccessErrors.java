package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.SchemaRef;
import java.net.UnknownHostException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Why the database can't be reached or mustn't be used, and what helps. Stateless. */
public final class AccessErrors {

  private static final String DATABASE = "permission denied for database ";

  private AccessErrors() {}

  /** The error in one line, with what helps where that is known. */
  public static String describe(SQLException error) {
    String host = unknownHost(error);
    if (host != null) {
      return host;
    }
    SQLException telling = error;
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException e) {
        telling = e;
      }
    }
    ServerErrorMessage server =
        telling instanceof PSQLException e ? e.getServerErrorMessage() : null;
    String said = server == null ? telling.getMessage() : server.getMessage();
    String message = said == null ? telling.toString() : said;
    String remedy = remedy(String.valueOf(telling.getSQLState()), message);
    return (remedy == null ? message : message + "; " + remedy).replaceAll("\\s+", " ");
  }

  /** Says which host isn't there; null if that isn't why. */
  public static @Nullable String unknownHost(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return "there is no host %s (database.url)".formatted(cause.getMessage());
      }
    }
    return null;
  }

  /** The remedy where the server's words don't say it; null if none is known. */
  public static @Nullable String remedy(String state, String message) {
    if (state.equals("42704") && message.startsWith("role ")) {
      return "create it, or leave owners and grants out: pg_dump --no-owner --no-acl";
    }
    if (!state.equals("42501")) {
      return null;
    }
    if (message.contains("schema " + SchemaRef.REGISTRY)) {
      return ("GRANT USAGE, CREATE ON SCHEMA %1$s TO this account, and GRANT ALL ON ALL TABLES, ON"
              + " ALL SEQUENCES and ON ALL FUNCTIONS IN SCHEMA %1$s, or make it the owner of"
              + " all of them")
          .formatted(SchemaRef.REGISTRY);
    }
    int database = message.indexOf(DATABASE);
    if (database >= 0) {
      String name = message.substring(database + DATABASE.length());
      return "GRANT CREATE ON DATABASE %s TO this account".formatted(name);
    }
    return null;
  }
}
