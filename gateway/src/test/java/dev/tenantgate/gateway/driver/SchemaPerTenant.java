package dev.tenantgate.gateway.driver;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;

/** Hibernate's way to a schema per tenant, as its user guide has it: one pool, and setSchema. */
@SuppressWarnings("serial") // nobody serializes it
final class SchemaPerTenant implements MultiTenantConnectionProvider<String> {

  private final DataSource pool;

  SchemaPerTenant(DataSource pool) {
    this.pool = pool;
  }

  @Override
  public Connection getAnyConnection() throws SQLException {
    return pool.getConnection();
  }

  @Override
  public void releaseAnyConnection(Connection connection) throws SQLException {
    connection.close();
  }

  @Override
  public Connection getConnection(String tenant) throws SQLException {
    Connection connection = pool.getConnection();
    connection.setSchema("tenant_" + tenant);
    return connection;
  }

  @Override
  public void releaseConnection(String tenant, Connection connection) throws SQLException {
    connection.setSchema("public");
    connection.close();
  }

  @Override
  public boolean supportsAggressiveRelease() {
    return false;
  }

  @Override
  public boolean isUnwrappableAs(Class<?> type) {
    return type.isInstance(this);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(this);
  }
}
