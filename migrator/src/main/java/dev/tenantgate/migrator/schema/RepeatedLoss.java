package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationFailedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, under the lease and over a new connection, whether a migration is tried again whose
 * connection was lost. A migration may end its own backend, or crash it; after a few such tries it
 * is recorded as failed. Losses that a restart of the server explains don't count. The journal
 * keeps the others, so that all gateways count together. Confined to one thread.
 */
final class RepeatedLoss {

  private static final Logger LOG = LoggerFactory.getLogger(RepeatedLoss.class);

  private final LeasedSchema leased;
  private final SchemaRef schema;
  private final LostMigrations losses;

  RepeatedLoss(LeasedSchema leased) {
    this.leased = leased;
    this.schema = leased.schema();
    this.losses = leased.context().losses();
  }

  /**
   * Decides.
   *
   * @param steps those that are about to be taken
   * @return how the run ends, if it isn't tried again; else null
   */
  @Nullable AttemptResult settle(List<Step> steps) throws SQLException {
    LostMigrations.Loss loss = losses.of(schema);
    Version version = loss == null ? null : loss.version();
    if (loss == null || version == null) {
      return null; // one of several: they are taken one by one now, which tells which it is
    }
    Step step =
        steps.stream().filter(next -> next.version().equals(version)).findFirst().orElse(null);
    if (step == null) {
      losses.forget(schema); // it was committed all the same, or another process has done it
      return null;
    }
    if (!loss.isDecisive() && wasRestart(loss)) {
      return null;
    }
    int tries = loss.isDecisive() ? 1 : tries(step, loss);
    if (!loss.isDecisive() && tries < LostMigrations.MAX_TRIES) {
      return null;
    }
    losses.forget(schema);
    return failed(step, loss, tries);
  }

  private boolean wasRestart(LostMigrations.Loss loss) throws SQLException {
    if (loss.noted() || loss.restarts() >= LostMigrations.MAX_RESTARTS) {
      return loss.noted() && loss.count() == 0;
    }
    Duration since = Duration.ofNanos(System.nanoTime() - loss.began());
    boolean restarted =
        number(
                """
                SELECT CAST(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() \
                - pg_catalog.pg_postmaster_start_time()) * 1000 AS bigint)\
                """)
            <= since.toMillis();
    if (restarted) {
      losses.wasRestart(schema);
    }
    return restarted;
  }

  /** How many tries there were, those of other processes included; notes the last one. */
  private int tries(Step step, LostMigrations.Loss loss) throws SQLException {
    if (!loss.noted()) {
      String text = Journal.connectionLost(loss.done()) + loss.failure().text();
      for (int i = 0; i < loss.unnoted(); i++) {
        leased.session().send(leased.context().sessions().journalFailure(schema, step, text));
      }
      losses.isNoted(schema);
      LOG.atWarn()
          .addKeyValue("schema", schema)
          .addKeyValue("migration", step.about())
          .addKeyValue("error", loss.failure().text())
          .log("the connection was lost while a migration ran");
    }
    return Math.max(
        loss.count(),
        Math.toIntExact(number(Journal.lossesOf(schema, step.version(), loss.done()))));
  }

  private long number(String query) throws SQLException {
    return leased
        .session()
        .query(
            query,
            results -> {
              try (ResultSet row = results.next()) {
                row.next();
                return row.getLong(1);
              }
            });
  }

  private AttemptResult failed(Step step, LostMigrations.Loss loss, int tries) throws SQLException {
    String text =
        loss.isDecisive()
            ? loss.failure().text()
            : "its connection was lost in each of %d tries: %s"
                .formatted(tries, loss.failure().text());
    SqlFailure failure =
        new SqlFailure(SqlFailure.Kind.STATEMENT, loss.failure().sqlState(), 0, text);
    Migration migration = step.about();
    leased.ensureTable();
    return migration != null
            && step.part() instanceof SqlPart part
            && !(part.transactional() && leased.strategy().hasTransactionalDdl())
        ? new StatementByStatement(leased, step, migration, part).giveUp(failure)
        : leased.failed(step, new MigrationFailedException(failure, null));
  }
}
