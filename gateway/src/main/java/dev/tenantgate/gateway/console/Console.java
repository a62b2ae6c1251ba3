package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.session.ConsoleEntry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The console of a gateway: takes clients in, and carries their commands out. Long looks and all
 * that blocks run on one thread of its own, which ends when nobody asks. Thread-safe.
 */
public final class Console implements ConsoleEntry, Commands, AutoCloseable {

  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(
          1,
          1,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(task, "tenantgate-console");
            thread.setDaemon(true);
            return thread;
          });

  private final TrafficTables traffic;
  private final ConnectionTables connections;
  private final SettingsTables settings;
  private final TenantTables tenants;
  private final Operations operations;

  /** Makes it, of what it shows and commands. */
  public Console(ConsoleSources sources) {
    worker.allowCoreThreadTimeOut(true);
    this.traffic = new TrafficTables(sources);
    this.connections = new ConnectionTables(sources);
    this.settings = new SettingsTables(sources);
    this.tenants = new TenantTables(sources);
    this.operations = new Operations(sources, worker);
  }

  @Override
  public Visit enter(Visitor visitor) {
    return new ConsoleVisit(visitor, this);
  }

  @Override
  public CompletableFuture<Answer> run(Command command) {
    if (command instanceof Command.Show show) {
      return show(show.what());
    }
    if (command instanceof Command.ShowParameter parameter) {
      return value(command, parameter.value());
    }
    if (command instanceof Command.Value value) {
      return value(command, value.value());
    }
    if (command instanceof Command.Help) {
      return CompletableFuture.completedFuture(
          new Answer(null, "SHOW", List.of(Report.notice("Console usage", CommandReader.help()))));
    }
    if (command instanceof Command.Ignored ignored) {
      return CompletableFuture.completedFuture(Answer.done(ignored.tag()));
    }
    return operations.run(command);
  }

  private static CompletableFuture<Answer> value(Command command, Object value) {
    return CompletableFuture.completedFuture(
        Answer.rows(new Table(command.columns(), List.of(Table.row(value)).iterator())));
  }

  private CompletableFuture<Answer> show(Shown what) {
    return switch (what) {
      case CLIENTS, SERVERS, SOCKETS, ACTIVE_SOCKETS ->
          connections.of(what).thenApply(Answer::rows);
      case DATABASES, POOLS, USERS, LISTS, STATS, STATS_TOTALS, STATS_AVERAGES, TOTALS ->
          aside(() -> traffic.of(what));
      case TENANTS, MIGRATIONS, DRAINS, PREPARED_STATEMENTS -> aside(() -> tenants.of(what));
      case HELD -> tenants.held().thenApply(Answer::rows);
      case PINNED -> tenants.pinned().thenApply(Answer::rows);
      case CONFIG, MEM, PEERS, PEER_POOLS, STATE, VERSION -> aside(() -> settings.of(what));
    };
  }

  /** Makes a table without keeping an event loop from its clients. */
  private CompletableFuture<Answer> aside(Supplier<Table> table) {
    try {
      return CompletableFuture.supplyAsync(() -> Answer.rows(table.get()), worker);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(Operations.shuttingDown());
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
