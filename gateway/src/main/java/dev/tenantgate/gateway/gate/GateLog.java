package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the log what became of each migration: the line an operator looks for when a tenant's
 * connections were held or rejected. A schema that was migrated has a line at DEBUG, and those of
 * ten seconds share one at INFO. A migration that changed nothing, without a fault, leaves no line.
 * Thread-safe.
 */
public final class GateLog implements GateEvents {

  private static final Logger log = LoggerFactory.getLogger(GateLog.class);

  /** Schemas that are migrated one by one, as clients come, share a line. */
  private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  // Guarded by this.
  private long untold;
  private long nextNanos = System.nanoTime();

  private synchronized void tellOfMigrated(SchemaRef last) {
    untold++;
    long now = System.nanoTime();
    if (now - nextNanos >= 0) {
      log.atInfo()
          .addKeyValue("schemas", untold)
          .addKeyValue("last", last.schema())
          .log("schemas are up to date");
      untold = 0;
      nextNanos = now + INTERVAL_NANOS;
    }
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      log.atDebug()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("applied", migrated.applied())
          .addKeyValue("millis", elapsed.toMillis())
          .log("a schema is up to date");
      tellOfMigrated(schema);
    } else if (outcome instanceof SchemaOutcome.Failed failed) {
      log.atError()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("applied", failed.applied())
          .addKeyValue("error", failed.error())
          .log("the migration of a schema has failed");
    } else if (outcome instanceof SchemaOutcome.Unmanaged unmanaged) {
      log.atWarn()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("found", unmanaged.found().found())
          .addKeyValue("wayOn", unmanaged.found().wayOn())
          .log("a schema is unmanaged, and is left alone");
    } else if (outcome instanceof SchemaOutcome.Busy busy) {
      log.atWarn()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("holder", busy.holder())
          .log("another process migrates a schema for long");
    } else if (outcome instanceof SchemaOutcome.PutOff off) {
      log.atWarn()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("inTheWay", off.inTheWay())
          .log("the migration of a schema is put off");
    } else if (outcome instanceof SchemaOutcome.Unreachable unreachable) {
      log.atWarn()
          .addKeyValue("schema", schema.schema())
          .addKeyValue("error", unreachable.error())
          .log("a schema couldn't be migrated");
    }
  }
}
