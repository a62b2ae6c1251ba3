package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.admin.Reloader;
import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that do something to the gateway as a whole, or to one client. Thread-safe. */
final class Operations {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.console");

  private final ConsoleSources sources;
  private final Executor worker;
  private final TrafficCommands traffic;
  private final UpgradeCommand upgrades;

  /**
   * Makes them.
   *
   * @param worker runs what blocks
   */
  Operations(ConsoleSources sources, Executor worker) {
    this.sources = sources;
    this.worker = worker;
    this.traffic = new TrafficCommands(sources);
    this.upgrades = new UpgradeCommand(sources.gateService());
  }

  CompletableFuture<Answer> run(Command command) {
    log.atInfo().addKeyValue("command", command).log("console command");
    if (command instanceof Command.Reload) {
      return aside(this::reload);
    }
    if (command instanceof Command.Shutdown shutdown) {
      return shutdown(shutdown.how());
    }
    if (command instanceof Command.KillClient kill) {
      return killClient(kill.id());
    }
    if (command instanceof Command.Upgrade upgrade) {
      return upgrades.run(upgrade.tenant());
    }
    if (command instanceof Command.Act act) {
      try {
        return traffic.run(act);
      } catch (ConsoleException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    throw new IllegalArgumentException(command.toString());
  }

  static ConsoleException shuttingDown() {
    return new ConsoleException(SqlState.ADMIN_SHUTDOWN, "the gateway is shutting down", null);
  }

  private CompletableFuture<Answer> aside(Supplier<Answer> work) {
    try {
      return CompletableFuture.supplyAsync(work, worker);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(shuttingDown());
    }
  }

  private Answer reload() {
    Reloader.Reload reload = sources.reloader().reload();
    if (reload instanceof Reloader.Reload.Refused refused) {
      throw new ConsoleException(
          new Report(
              Severity.ERROR,
              SqlState.CONFIG_FILE_ERROR.code(),
              "RELOAD failed: the new settings or migrations can't be used; the old ones stay in"
                  + " force",
              String.join("\n", refused.errors()),
              null));
    }
    List<String> notes = ((Reloader.Reload.Done) reload).notes();
    return new Answer(
        null, "RELOAD", notes.stream().map(note -> Report.notice(note, null)).toList());
  }

  /** With no word for the client at once: its connection ends with the process. */
  private CompletableFuture<Answer> shutdown(Stop how) {
    if (!sources.stopper().stop(how)) {
      return CompletableFuture.failedFuture(
          new ConsoleException(
              SqlState.FEATURE_NOT_SUPPORTED, "this process can't be stopped from here", null));
    }
    return how == Stop.AT_ONCE
        ? new CompletableFuture<>()
        : CompletableFuture.completedFuture(Answer.done("SHUTDOWN"));
  }

  private CompletableFuture<Answer> killClient(long id) {
    return sources
        .clients()
        .end(
            client -> client.id() == id,
            Report.fatal(SqlState.ADMIN_SHUTDOWN, "admin forced disconnect"))
        .thenApply(
            ended -> {
              if (ended == 0) {
                throw new ConsoleException(
                    SqlState.UNDEFINED_OBJECT, "client not found: " + id, null);
              }
              return Answer.done("KILL_CLIENT");
            })
        .toCompletableFuture();
  }
}
