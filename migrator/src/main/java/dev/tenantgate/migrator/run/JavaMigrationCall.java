package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.JavaPart;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * Calls a migration that is written in Java, in the transaction that is open. Whatever goes wrong
 * in it comes out as an {@link SQLException}: the server's own where there is one, so that a lock
 * that isn't to be had is tried for again. Stateless; thread-safe.
 */
final class JavaMigrationCall {

  /** SQLSTATE of what the code itself is at fault for. */
  private static final String CODE_AT_FAULT = "TG002";

  private JavaMigrationCall() {}

  static void run(JavaPart part, SchemaRef schema, Connection connection, RunControl control)
      throws SQLException {
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
    TransactionState state = connection.unwrap(BaseConnection.class).getTransactionState();
    if (state == TransactionState.FAILED && passedOver != null) {
      throw passedOver;
    }
    if (state == TransactionState.IDLE) {
      throw new SQLException(
          part.className() + " ended the migration's transaction, which the migrator does",
          CODE_AT_FAULT);
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
