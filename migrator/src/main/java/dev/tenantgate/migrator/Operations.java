package dev.tenantgate.migrator;

import dev.tenantgate.migrator.history.OperationLog;
import dev.tenantgate.migrator.history.RecordedOperation;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.session.RegistryAccess;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The record of upgrades that gateways were asked for, shared by all on the database. Thread-safe;
 * each call blocks.
 */
public final class Operations {

  private final SchemaContext context;

  Operations(SchemaContext context) {
    this.context = context;
  }

  /** This process, as holders are named. */
  public String holder() {
    return context.leases().holder();
  }

  /** Records one that begins here. */
  public void begin(RecordedOperation operation) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      RegistryAccess registry = context.sessions().registry();
      registry.ensure(connection);
      try {
        OperationLog.begin(connection, operation, context.settings().leaseTimeout());
      } catch (SQLException e) {
        if (!RegistryAccess.isMissing(e)) {
          throw e;
        }
        registry.forget();
        registry.ensure(connection);
        OperationLog.begin(connection, operation, context.settings().leaseTimeout());
      }
    }
  }

  /**
   * Notes how far one of this process's has come; to be called more often than leases expire.
   *
   * @return the operator who has cancelled it; null if nobody has
   */
  public @Nullable String note(RecordedOperation operation) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return OperationLog.note(connection, operation, context.settings().leaseTimeout());
    }
  }

  /** Notes how one of this process's has ended. */
  public void end(RecordedOperation operation) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      OperationLog.end(connection, operation);
    }
  }

  /**
   * Asks the process that has it to cancel it.
   *
   * @return whether it goes on still
   */
  public boolean cancel(String id, String by) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return OperationLog.cancel(connection, id, by);
    }
  }

  /** All that are remembered, the last one first. */
  public List<RecordedOperation> all() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return OperationLog.read(connection);
    }
  }

  /** One of them, with its gateway's words; null if it isn't remembered. */
  public @Nullable RecordedOperation find(String id) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return OperationLog.find(connection, id);
    }
  }
}
