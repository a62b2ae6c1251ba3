package dev.tenantgate.gateway.tenant;

import dev.tenantgate.gateway.tenant.LookupFailedException.Cause;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads of histories that are wanted and under way: whatever is wanted while a read is under
 * way goes into the next one, together. Thread-safe.
 */
final class HistoryReads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HistoryReads.class);

  /** Schemas read at once. */
  static final int MAX_BATCH = 500;

  /** Reads under way at once: one that hangs leaves one to go on. */
  static final int MAX_READERS = 2;

  private final HistorySource source;
  private final Executor readers;
  private final LongSupplier nanoTime;
  private final Store store;
  private final Object lock = new Object();

  // Guarded by lock. A schema may be in both: being read, and wanted anew.
  private final Map<SchemaRef, CompletableFuture<HistorySnapshot>> wanted = new LinkedHashMap<>();
  private final Map<SchemaRef, CompletableFuture<HistorySnapshot>> underWay = new LinkedHashMap<>();
  private int activeReaders;
  private boolean closed;

  private volatile @Nullable String failure;

  /** Takes what was read. */
  interface Store {
    /** Keeps a history unless a newer one is known, and gives the newest. */
    HistorySnapshot store(SchemaHistory history, long beganNanos);
  }

  HistoryReads(HistorySource source, Executor readers, LongSupplier nanoTime, Store store) {
    this.source = source;
    this.readers = readers;
    this.nanoTime = nanoTime;
    this.store = store;
  }

  /** A read of the schema, one under way where there is one. */
  CompletableFuture<HistorySnapshot> join(SchemaRef schema) {
    synchronized (lock) {
      CompletableFuture<HistorySnapshot> running = underWay.get(schema);
      if (running != null) {
        return running.copy();
      }
    }
    return begin(schema);
  }

  /** A read of the schema that begins after this call. */
  CompletableFuture<HistorySnapshot> begin(SchemaRef schema) {
    CompletableFuture<HistorySnapshot> read;
    boolean another = false;
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(closedFor(schema));
      }
      read = wanted.computeIfAbsent(schema, s -> new CompletableFuture<>());
      if (activeReaders < MAX_READERS) {
        activeReaders++;
        another = true;
      }
    }
    if (another) {
      startReader();
    }
    // A copy, so that nobody completes what others wait for.
    return read.copy();
  }

  /** Reads one schema on this thread. */
  HistorySnapshot now(SchemaRef schema) throws LookupFailedException {
    long began = nanoTime.getAsLong();
    try {
      HistorySnapshot snapshot = store.store(source.histories(List.of(schema)).get(0), began);
      succeeded();
      return snapshot;
    } catch (SQLException e) {
      failed(e);
      throw failure(schema, e);
    }
  }

  @Nullable String failure() {
    return failure;
  }

  @Override
  public void close() {
    Map<SchemaRef, CompletableFuture<HistorySnapshot>> left;
    synchronized (lock) {
      closed = true;
      left = new LinkedHashMap<>(wanted);
      wanted.clear();
    }
    left.forEach((schema, read) -> read.completeExceptionally(closedFor(schema)));
  }

  private void startReader() {
    try {
      readers.execute(this::readWanted);
    } catch (RejectedExecutionException e) {
      synchronized (lock) {
        activeReaders--;
      }
      close();
    }
  }

  private void readWanted() {
    Map<SchemaRef, CompletableFuture<HistorySnapshot>> batch = nextBatch();
    while (!batch.isEmpty()) {
      read(batch);
      batch = nextBatch();
    }
  }

  private Map<SchemaRef, CompletableFuture<HistorySnapshot>> nextBatch() {
    Map<SchemaRef, CompletableFuture<HistorySnapshot>> batch = new LinkedHashMap<>();
    synchronized (lock) {
      Iterator<Map.Entry<SchemaRef, CompletableFuture<HistorySnapshot>>> next =
          wanted.entrySet().iterator();
      while (next.hasNext() && batch.size() < MAX_BATCH) {
        Map.Entry<SchemaRef, CompletableFuture<HistorySnapshot>> entry = next.next();
        batch.put(entry.getKey(), entry.getValue());
        next.remove();
      }
      underWay.putAll(batch);
      if (batch.isEmpty()) {
        activeReaders--;
      }
    }
    return batch;
  }

  private void read(Map<SchemaRef, CompletableFuture<HistorySnapshot>> batch) {
    List<SchemaRef> schemas = new ArrayList<>(batch.keySet());
    long began = nanoTime.getAsLong();
    List<SchemaHistory> histories;
    try {
      histories = source.histories(schemas);
      succeeded();
    } catch (SQLException e) {
      if (batch.size() > 1 && TenantDirectory.causeOf(e) == Cause.UNREADABLE) {
        // One schema mustn't take the others down with it.
        batch.forEach((schema, read) -> read(Map.of(schema, read)));
      } else {
        failed(e);
        batch.forEach((schema, read) -> finish(schema, read, null, failure(schema, e)));
      }
      return;
    } catch (RuntimeException e) {
      log.error("reading histories failed unexpectedly", e);
      batch.forEach((schema, read) -> finish(schema, read, null, failure(schema, e)));
      return;
    }
    for (int i = 0; i < schemas.size(); i++) {
      SchemaRef schema = schemas.get(i);
      CompletableFuture<HistorySnapshot> read = batch.get(schema);
      if (read != null) {
        finish(schema, read, store.store(histories.get(i), began), null);
      }
    }
  }

  private void finish(
      SchemaRef schema,
      CompletableFuture<HistorySnapshot> read,
      @Nullable HistorySnapshot snapshot,
      @Nullable LookupFailedException error) {
    synchronized (lock) {
      underWay.remove(schema, read);
    }
    if (snapshot != null) {
      read.complete(snapshot);
    } else if (error != null) {
      read.completeExceptionally(error);
    }
  }

  private void succeeded() {
    if (failure != null) {
      failure = null;
      log.info("histories can be read again");
    }
  }

  private void failed(SQLException e) {
    boolean first = failure == null;
    failure = message(e);
    if (first) {
      log.warn("histories can't be read: {}", message(e));
    }
  }

  private static LookupFailedException failure(SchemaRef schema, SQLException e) {
    return new LookupFailedException(schema, TenantDirectory.causeOf(e), message(e), e);
  }

  private static LookupFailedException failure(SchemaRef schema, RuntimeException e) {
    return new LookupFailedException(schema, Cause.UNREADABLE, String.valueOf(e), e);
  }

  private static LookupFailedException closedFor(SchemaRef schema) {
    return new LookupFailedException(schema, Cause.CLOSED, "the gateway is shutting down", null);
  }

  private static String message(SQLException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
