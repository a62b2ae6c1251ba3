package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.JavaPart;
import dev.tenantgate.migrator.connection.RunControl;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Calls a migration that is written in Java, in the transaction that is open. Its failure comes out
 * as an {@link SQLException}: the server's own where there is one, so that a lock that isn't to be
 * had is tried for again. Stateless; thread-safe.
 */
final class JavaMigrationCall {

  /** SQLSTATE of what the code itself is at fault for. */
  static final String CODE_AT_FAULT = "TG003";

  private JavaMigrationCall() {}

  static void run(JavaPart part, SchemaRef schema, Connection connection, RunControl control)
      throws SQLException {
    String transaction = transaction(connection);
    SQLException passedOver;
    try (GuardedConnection guarded = new GuardedConnection(connection, control)) {
      part.code().run(guarded.connection(), schema);
      passedOver = guarded.firstError();
    } catch (SQLException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException(part.className() + " was interrupted", "57014", e);
    } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
      throw serverErrorIn(e, part);
    }
    try {
      if (transaction.equals(transaction(connection))) {
        return;
      }
    } catch (SQLException e) {
      // Its transaction has failed: an error was passed over, and that one tells why.
      throw passedOver == null ? e : passedOver;
    }
    throw new SQLException(
        part.className() + " ended the migration's transaction, which the migrator does",
        CODE_AT_FAULT);
  }

  /** Stands for the transaction that is open: when it began. */
  private static String transaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT CAST(pg_catalog.transaction_timestamp() AS varchar)")) {
      row.next();
      return row.getString(1);
    }
  }

  private static SQLException serverErrorIn(Throwable thrown, JavaPart part) {
    @Nullable Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < 100; depth++) {
      if (cause instanceof SQLException e) {
        return e;
      }
      cause = cause.getCause();
    }
    return new SQLException(
        "%s threw %s".formatted(part.className(), thrown), CODE_AT_FAULT, thrown);
  }
}
