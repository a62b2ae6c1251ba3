package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.routines.CatalogWrites;
import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.scan.UnprovenNames;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the names in the gated database that may lead a session elsewhere: a statement with one
 * of them counts as a switch that its text doesn't show. Functions in C of known extensions don't.
 * Thread-safe.
 */
final class SwitchingRoutines {

  private static final Logger log = LoggerFactory.getLogger(SwitchingRoutines.class);

  /** With more names than that every statement counts as one that may lead elsewhere. */
  private static final int MOST_BYTES = 60_000;

  private static final String SQL =
      """
      SELECT CASE WHEN octet_length(names) > %d THEN '*' ELSE names END
      FROM (SELECT string_agg(name, $1) FROM (%s) found(name)) all_names(names)
      """
          .formatted(MOST_BYTES, RoutinesSql.path());

  private static final String WRITES =
      "SELECT writes, $1::pg_catalog.text FROM (%s) counted(writes)".formatted(CatalogWrites.SQL);

  /**
   * With tens of thousands of tenants a look takes the server seconds. So the next look waits this
   * many times as long, or until something has been written to the catalogs: looks take a tenth of
   * a processor at most. The server tells of writes a moment late, and not of all.
   */
  private static final int REST = 10;

  /** A look that has failed isn't wanted again at once. */
  private static final long FAILURE_REST_NANOS = 1_000_000_000L;

  private final Question question;
  private final Consumer<SwitchingCalls> found;
  private final PendingDefinitions definitions;
  private final Timer timer;
  private final LongSupplier nanoTime;
  private volatile boolean answered;
  private volatile boolean failing;
  private volatile long tookNanos;
  private volatile long answeredNanos;

  /** A look is under way, or is to be. */
  private final AtomicBoolean looking = new AtomicBoolean();

  /** The count of writes to the catalogs when the last look that was answered began. */
  private volatile @Nullable String lookedAt;

  /** Asks the server, by a connection whose search_path is pg_catalog alone. */
  @FunctionalInterface
  interface Question {

    /** The first row of the answer. */
    CompletableFuture<List<@Nullable String>> row(String sql, String parameter);
  }

  /** Does something later. */
  @FunctionalInterface
  interface Timer {
    void after(long nanos, Runnable task);
  }

  /**
   * Makes the look.
   *
   * @param question of the gateway's own account
   * @param found told of what there is, each time
   * @param definitions of clients, which are looked at as soon as they are made
   * @param nanoTime the clock
   */
  SwitchingRoutines(
      Question question,
      Consumer<SwitchingCalls> found,
      PendingDefinitions definitions,
      Timer timer,
      LongSupplier nanoTime) {
    this.question = question;
    this.found = found;
    this.definitions = definitions;
    this.timer = timer;
    this.nanoTime = nanoTime;
    definitions.whenEnded(this::wanted);
  }

  /** Looks for the first time; completes once sessions go by what was found, or by nothing. */
  CompletableFuture<?> begin() {
    return look(null);
  }

  /** Looks once; what was found before holds where the database can't be asked. */
  void look() {
    if (!answered) {
      var unused = look(null);
      return;
    }
    boolean due = nanoTime.getAsLong() - answeredNanos >= REST * tookNanos;
    question
        .row(WRITES, "")
        .whenComplete(
            (row, failure) -> {
              String writes = row == null || row.isEmpty() ? null : row.get(0);
              if (due || writes == null || !writes.equals(lookedAt)) {
                var unused = look(writes);
              }
            });
  }

  /**
   * Clients have defined something. It is looked at soon, because all sessions are slower until
   * then; but looks take half of a processor at most.
   */
  private void wanted() {
    if (looking.compareAndSet(false, true)) {
      long rest = failing ? FAILURE_REST_NANOS : tookNanos;
      long left = answeredNanos + rest - nanoTime.getAsLong();
      if ((!answered && !failing) || left <= 0) {
        lookAtDefinitions();
      } else {
        timer.after(left, this::lookAtDefinitions);
      }
    }
  }

  private void lookAtDefinitions() {
    var unused =
        look(null)
            .thenRun(
                () -> {
                  looking.set(false);
                  if (definitions.needLook()) {
                    wanted();
                  }
                });
  }

  private CompletableFuture<?> look(@Nullable String writes) {
    long began = nanoTime.getAsLong();
    long covered = definitions.made();
    return question
        .row(SQL, "\n")
        .handle(
            (row, failure) -> {
              if (row == null) {
                failed(failure);
              } else {
                answered = true;
                failing = false;
                lookedAt = writes;
                answeredNanos = nanoTime.getAsLong();
                tookNanos = answeredNanos - began;
                found.accept(calls(row));
                definitions.covered(covered);
              }
              return true;
            });
  }

  /** Sessions go on; those that began before there was an answer have nothing withheld for it. */
  private void failed(@Nullable Throwable failure) {
    answeredNanos = nanoTime.getAsLong();
    if (!failing) {
      failing = true;
      log.atWarn()
          .addKeyValue("reason", failure == null ? "no answer" : failure.getMessage())
          .log(
              "the database's routines can't be looked at; those that set search_path are followed"
                  + " as they were known before");
    }
    if (!answered) {
      found.accept(SwitchingCalls.NONE);
    }
  }

  private static SwitchingCalls calls(List<@Nullable String> row) {
    String names = row.isEmpty() ? null : row.get(0);
    return new SwitchingCalls(
        UnprovenNames.of(names == null ? List.of() : List.of(names.split("\n"))));
  }
}
