package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SessionEffect;
import java.nio.file.Path;
import java.sql.Connection;

/**
 * One half of a migration written in Java. Immutable, as long as the code is.
 *
 * @param code what it runs
 * @param className the class that it is in
 * @param directives how it is to be run
 */
public record JavaPart(Code code, String className, Directives directives)
    implements MigrationPart {

  /** The code that is run for a schema. */
  @FunctionalInterface
  public interface Code {

    /**
     * Runs it.
     *
     * @param connection in the schema's transaction
     * @throws Exception whatever keeps it from being done
     */
    void run(Connection connection, SchemaRef schema) throws Exception;
  }

  @Override
  public String sql() {
    return "-- the Java class " + className;
  }

  @Override
  public SessionEffect effect() {
    return SessionEffect.SESSION;
  }

  @Override
  public boolean transactional() {
    return true;
  }

  @Override
  public Path file() {
    return Path.of(className);
  }

  @Override
  public String toString() {
    return className;
  }
}
