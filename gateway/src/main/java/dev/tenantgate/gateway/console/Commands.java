package dev.tenantgate.gateway.console;

import java.util.concurrent.CompletableFuture;

/** Carries out commands. Thread-safe. */
interface Commands {

  /**
   * Carries one out, for somebody who may. Blocks nothing.
   *
   * @return fails with {@link ConsoleException} if it can't be done; whoever cancels it waits no
   *     more, and what only held as long as somebody waited is undone
   */
  CompletableFuture<Answer> run(Command command);
}
