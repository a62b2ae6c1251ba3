package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.announce.Completion;
import dev.tenantgate.migrator.connection.LostConnection;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.Trailer;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The news that a schema is done, on the shortest way to those who are held until it is. The server
 * tells other processes: the announcement travels with the commit, behind it and in a transaction
 * of its own, which needs no flush. This process is told as soon as the commit is answered, before
 * the announcement is. Confined to one thread.
 */
final class CommitNews implements Trailer {

  private static final Logger LOG = LoggerFactory.getLogger(CommitNews.class);

  private final Announcer announcer;
  private final SchemaRun run;
  private final WorkerSession session;
  private final @Nullable SchemaHistory history;
  private final @Nullable Completion completion;
  private boolean told;
  private boolean announced;
  private @Nullable SQLException failure;

  /**
   * Prepares the news.
   *
   * @param history as it will be; null if that isn't known
   * @param completion for the gateways that hold the schema's transactions; null if they have to
   *     look
   */
  CommitNews(
      Announcer announcer,
      SchemaRun run,
      WorkerSession session,
      @Nullable SchemaHistory history,
      @Nullable Completion completion) {
    this.announcer = announcer;
    this.run = run;
    this.session = session;
    this.history = history;
    this.completion = completion;
  }

  @Override
  public String sql() {
    Completion known = completion;
    return known == null
        ? announcer.announcement(run.schema().schema())
        : announcer.announcement(known);
  }

  @Override
  public void answered() {
    announced = true;
    tell();
  }

  @Override
  public void failed(SQLException error) {
    announced = false;
    failure = error;
  }

  /**
   * The commit is answered, whether an announcement went with it or not.
   *
   * @return whether others were told
   */
  boolean committed() {
    tell();
    SQLException failed = failure;
    if (failed != null) {
      notAnnounced(failed);
    }
    return announced;
  }

  private void notAnnounced(SQLException error) {
    announcer.noteUnsupported(error);
    if (LostConnection.isToldBy(error)) {
      session.broken();
    } else {
      session.abandonTransaction();
    }
    LOG.atDebug()
        .addKeyValue("schema", run.schema())
        .addKeyValue("error", SqlFailure.of(error).text())
        .log("a change couldn't be announced with its commit");
  }

  private void tell() {
    SchemaHistory known = history;
    if (!told && known != null) {
      run.listener().committed(known);
    }
    told = true;
  }
}
