package dev.tenantgate.gateway.admin;

import dev.tenantgate.migrator.Operations;
import dev.tenantgate.migrator.history.RecordedOperation;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest operations. This gateway's own are kept here; the oldest ended ones are forgotten
 * first. They are in the database's record as well: so every gateway there can tell of them and
 * cancel them. Where the record can't be written, an operation goes on without. Thread-safe.
 */
final class OperationBook implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OperationBook.class);

  private static final int KEPT = 200;

  /** How often an operation is noted, and learns that it was cancelled. */
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final Operations record;
  private final ScheduledThreadPoolExecutor thread;

  /** Guarded by this. */
  private final Map<String, Operation> own = new LinkedHashMap<>();

  OperationBook(Operations record) {
    this.record = record;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread worker = new Thread(task, "tenantgate-operations");
              worker.setDaemon(true);
              return worker;
            });
  }

  /**
   * Begins one. Blocks.
   *
   * @param tenant the tenant that it is for; null for all
   */
  Operation begin(@Nullable String tenant, String by, int schemas) {
    Operation operation =
        new Operation(UUID.randomUUID().toString(), tenant, by, record.holder(), schemas);
    synchronized (this) {
      own.put(operation.id(), operation);
      Iterator<Operation> oldest = own.values().iterator();
      while (own.size() > KEPT && oldest.hasNext()) {
        if (oldest.next().ended()) {
          oldest.remove();
        }
      }
    }
    try {
      record.begin(operation.recorded());
      noteLater(operation);
    } catch (SQLException e) {
      warn(operation, e);
    }
    return operation;
  }

  private void noteLater(Operation operation) {
    try {
      var unused = thread.schedule(() -> note(operation), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("operations aren't noted any more: the gateway is shutting down");
    }
  }

  private void note(Operation operation) {
    if (operation.ended()) {
      return;
    }
    try {
      String cancelledBy = record.note(operation.recorded());
      if (cancelledBy != null) {
        operation.cancel(cancelledBy);
      }
    } catch (SQLException e) {
      warn(operation, e);
    }
    noteLater(operation);
  }

  /** Notes that one of this gateway's has ended. */
  void ended(Operation operation) {
    try {
      thread.execute(
          () -> {
            try {
              record.end(operation.recorded());
            } catch (SQLException e) {
              warn(operation, e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("operations aren't noted any more: the gateway is shutting down");
    }
  }

  private static void warn(Operation operation, SQLException e) {
    log.atWarn()
        .addKeyValue("operation", operation.id())
        .addKeyValue("error", e.getMessage())
        .log("an operation couldn't be recorded; it goes on");
  }

  /** One of this gateway's; null if it has none of that name. */
  synchronized @Nullable Operation own(String id) {
    return own.get(id);
  }

  /** One of another gateway's; null if there is none of that name. Blocks. */
  @Nullable RecordedOperation elsewhere(String id) throws SQLException {
    return record.find(id);
  }

  /**
   * Cancels one, whichever gateway has it. Blocks.
   *
   * @return whether it goes on still
   */
  boolean cancel(String id, String by) throws SQLException {
    Operation mine = own(id);
    if (mine != null && !mine.ended()) {
      mine.cancel(by);
      return true;
    }
    return record.cancel(id, by);
  }

  /** All, the last one first. Blocks. */
  List<RecordedOperation> all() throws SQLException {
    List<RecordedOperation> all = new ArrayList<>();
    for (RecordedOperation each : record.all()) {
      Operation mine = own(each.id());
      all.add(mine == null ? each : mine.recorded());
    }
    return all;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
