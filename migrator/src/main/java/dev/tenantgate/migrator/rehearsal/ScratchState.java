package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SessionEffect;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state after statements on an empty schema, which is gone afterwards. Stateless. */
public final class ScratchState {

  private ScratchState() {}

  /** Looks at it, in a transaction. */
  public interface Look<T> {
    T at(Connection connection, SchemaRef scratch) throws SQLException;
  }

  /**
   * Makes the schema and has it looked at.
   *
   * @param parts what is run in it, in order
   * @throws MigrationFailedException if that fails
   * @throws SQLException if the connection is lost, or the account may not make schemas
   */
  public static <T> T of(
      Sessions sessions,
      WorkerSession session,
      SchemaRef scratch,
      List<? extends MigrationPart> parts,
      Look<T> look)
      throws SQLException, MigrationFailedException {
    MigrationScript script = sessions.script(scratch);
    script.statement("CREATE SCHEMA " + SqlIdentifier.quote(scratch.schema()));
    parts.forEach(script::statements);
    try {
      SqlFailure failure = sent(sessions, session, script);
      if (failure == null) {
        return look.at(session.connection(), scratch);
      }
      if (failure.isLoss() || !EachAlone.mayHelp(failure)) {
        session.abandonTransaction();
        throw MigrationFailedException.of(session, failure, script.placeOf(failure));
      }
    } finally {
      session.abandonTransaction();
      session.restoreAfter(effectOf(parts));
    }
    return committed(sessions, session, parts, look);
  }

  /** The error that it fails with; null if it succeeds. */
  private static @Nullable SqlFailure sent(
      Sessions sessions, WorkerSession session, MigrationScript script) throws SQLException {
    try {
      session.send(script);
      return null;
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      return failure.isLoss() ? sessions.lossOrThrow(e, session.connection()) : failure;
    }
  }

  /** The same, where the parts can't share a transaction. */
  private static <T> T committed(
      Sessions sessions, WorkerSession session, List<? extends MigrationPart> parts, Look<T> look)
      throws SQLException, MigrationFailedException {
    return ScratchSchema.with(
        sessions,
        session,
        (scratch, alone) -> {
          for (MigrationPart part : parts) {
            alone.runNaming(part);
          }
          session.send("BEGIN");
          try {
            return look.at(session.connection(), scratch);
          } finally {
            session.abandonTransaction();
          }
        });
  }

  private static SessionEffect effectOf(List<? extends MigrationPart> parts) {
    SessionEffect effect = SessionEffect.NONE;
    for (MigrationPart part : parts) {
      effect = effect.or(part.effect());
    }
    return effect;
  }
}
