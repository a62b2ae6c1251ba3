package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection that a migration written in Java is given: within the transaction of its schema it
 * may do everything, but neither end that nor take the connection away. Once it has returned, its
 * open statements are closed, and nothing that it keeps is of use. Confined to one thread, but for
 * its {@link RunControl}.
 */
final class GuardedConnection implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedConnection.class);

  /** The calls that a migration may not make. */
  private static final Set<String> REFUSED =
      Set.of(
          "commit",
          "rollback",
          "close",
          "abort",
          "setSavepoint",
          "releaseSavepoint",
          "setReadOnly",
          "setTransactionIsolation",
          "setHoldability",
          "setSchema",
          "setCatalog",
          "setNetworkTimeout",
          "beginRequest",
          "endRequest");

  /** The interfaces whose objects lead to the connection, from the narrowest to the widest. */
  private static final List<Class<?>> GUARDED =
      List.of(
          CallableStatement.class,
          PreparedStatement.class,
          Statement.class,
          ResultSet.class,
          DatabaseMetaData.class,
          Connection.class);

  private final RunControl control;
  private final Connection proxy;
  private final List<Statement> statements = new ArrayList<>();
  private @Nullable SQLException firstError;
  private boolean over;

  GuardedConnection(Connection connection, RunControl control) {
    this.control = control;
    this.proxy = (Connection) guarded(Connection.class, connection);
  }

  /** The connection for the migration. */
  Connection connection() {
    return proxy;
  }

  /** The first error that it was told; null if none was. */
  @Nullable SQLException firstError() {
    return firstError;
  }

  private Object guarded(Class<?> type, Object target) {
    InvocationHandler handler =
        (self, method, arguments) -> invoke(self, target, method, arguments);
    return Proxy.newProxyInstance(
        GuardedConnection.class.getClassLoader(), new Class<?>[] {type}, handler);
  }

  private @Nullable Object invoke(
      Object self, Object target, Method method, Object @Nullable [] arguments) throws Throwable {
    String name = method.getName();
    Object[] given = arguments == null ? new Object[0] : arguments;
    switch (name) {
      case "equals" -> {
        return self == given[0];
      }
      case "hashCode" -> {
        return System.identityHashCode(self);
      }
      case "toString" -> {
        return "guarded " + target;
      }
      case "isWrapperFor" -> {
        return false;
      }
      default -> check(target, name, given);
    }
    if (target instanceof Connection && name.equals("setAutoCommit")) {
      return null;
    }
    if (target instanceof Connection && name.equals("getAutoCommit")) {
      return false;
    }
    try {
      Optional<Object> result =
          target instanceof Statement statement && name.startsWith("execute")
              ? control.run(statement, same -> call(target, method, arguments))
              : call(target, method, arguments);
      return result.isPresent() ? leadingBack(result.get()) : null;
    } catch (SQLException e) {
      if (firstError == null) {
        firstError = e;
      }
      throw e;
    }
  }

  private void check(Object target, String name, Object[] given) throws SQLException {
    if (over && !name.equals("close") && !name.equals("isClosed")) {
      throw refused("is over, and with it the use of its connection");
    }
    if (name.equals("unwrap")) {
      throw refused("can't have the driver's own objects: they could end its transaction");
    }
    if (target instanceof Connection) {
      boolean commits = name.equals("setAutoCommit") && Boolean.TRUE.equals(given[0]);
      if (REFUSED.contains(name) || commits) {
        throw refused(
            "can't call %s: its transaction and its connection are the migrator's to end"
                .formatted(name));
      }
    }
    if (given.length > 0 && given[0] instanceof String sql && takesSql(target, name)) {
      for (SqlStatement statement : SqlScript.scan(sql).statements()) {
        if (endsTransaction(statement)) {
          throw refused(
              "can't run %s: its transaction is the migrator's to end"
                  .formatted(statement.word(0)));
        }
      }
    }
  }

  private static boolean takesSql(Object target, String name) {
    return target instanceof Connection
        ? name.startsWith("prepare")
        : target instanceof Statement && (name.startsWith("execute") || name.equals("addBatch"));
  }

  private static boolean endsTransaction(SqlStatement statement) {
    return switch (statement.word(0)) {
      case "BEGIN", "COMMIT", "END", "ABORT" -> true;
      case "START", "PREPARE" -> statement.word(1).equals("TRANSACTION");
      case "ROLLBACK" -> !statement.words().contains("TO");
      default -> false;
    };
  }

  private static SQLException refused(String why) {
    return new SQLException("a migration written in Java " + why, JavaMigrationCall.CODE_AT_FAULT);
  }

  private static Optional<Object> call(Object target, Method method, Object @Nullable [] arguments)
      throws SQLException {
    try {
      return Optional.ofNullable(method.invoke(target, arguments));
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof SQLException sql) {
        throw sql;
      } else if (cause instanceof RuntimeException runtime) {
        throw runtime;
      } else if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(method + " threw what JDBC doesn't declare", cause);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(method + " of JDBC isn't public", e);
    }
  }

  /** Objects that lead back to the connection are guarded as well. */
  private Object leadingBack(Object result) {
    if (result instanceof Connection) {
      return proxy;
    }
    for (Class<?> type : GUARDED) {
      if (type.isInstance(result)) {
        if (result instanceof Statement statement) {
          statements.add(statement);
        }
        return guarded(type, result);
      }
    }
    return result;
  }

  @Override
  public void close() {
    over = true;
    for (Statement statement : statements) {
      try {
        statement.close();
      } catch (SQLException e) {
        LOG.atDebug().setCause(e).log("a migration's statement couldn't be closed");
      }
    }
  }
}
