package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements that a client has prepared under names. Looked up by the bytes of a message,
 * without a copy: a table with open addressing, where who is removed leaves no gap behind.
 *
 * <p>What a message on its way may remove is taken out when it is sent, in layers, as in {@link
 * BackendStatements}. Event-loop confined.
 */
public final class ClientStatements {

  private static final int FIRST_CAPACITY = 8;

  private final StatementTexts texts;
  private final SessionMemory memory;
  private @Nullable ClientStatement @Nullable [] table;
  private int size;

  /** The batch in which they were taken out of others. */
  private long takenIn;

  /** Statements that were taken out and may have to be put back, in that order. */
  private final List<ClientStatements> layers = new ArrayList<>(0);

  /** Statements that were sent a Close or a DEALLOCATE, which isn't answered yet. */
  private final List<ClientStatement> closing = new ArrayList<>(0);

  /** How many were sent a Parse that isn't answered yet. */
  private int defining;

  /**
   * None yet.
   *
   * @param texts those of all clients
   * @param memory the client's
   */
  public ClientStatements(StatementTexts texts, SessionMemory memory) {
    this.texts = texts;
    this.memory = memory;
  }

  public int size() {
    return size;
  }

  /** The statement of a name of so many bytes at an index; null if there is none. */
  public @Nullable ClientStatement find(ByteBuf in, int at, int bytes) {
    @Nullable ClientStatement[] all = table;
    if (all == null) {
      return null;
    }
    int mask = all.length - 1;
    for (int slot = hash(in, at, bytes) & mask; ; slot = (slot + 1) & mask) {
      ClientStatement statement = all[slot];
      if (statement == null || isNamed(statement, in, at, bytes)) {
        return statement;
      }
    }
  }

  /** The statement of a name; null if there is none. */
  public @Nullable ClientStatement find(String name) {
    ByteBuf bytes = Unpooled.wrappedBuffer(name.getBytes(StandardCharsets.UTF_8));
    return find(bytes, 0, bytes.readableBytes());
  }

  /** Whether there may be one of a name, if the server doesn't do what it was told. */
  public boolean mayHave(String name) {
    return find(name) != null || layers.stream().anyMatch(layer -> layer.find(name) != null);
  }

  /**
   * Whether it isn't known yet, in a batch, what there is under a name: messages of earlier batches
   * decide, which aren't answered.
   */
  public boolean isUndecided(ByteBuf in, int at, int bytes, long batch) {
    if (defining == 0 && closing.isEmpty() && layers.isEmpty()) {
      return false;
    }
    ClientStatement statement = find(in, at, bytes);
    if (statement != null) {
      return statement.isUndecided(batch);
    }
    for (ClientStatement closed : closing) {
      if (closed.isUndecided(batch) && isNamed(closed, in, at, bytes)) {
        return true;
      }
    }
    for (ClientStatements layer : layers) {
      if (layer.takenIn != batch && layer.find(in, at, bytes) != null) {
        return true;
      }
    }
    return false;
  }

  /** The same of a name in a query's text. */
  public boolean isUndecided(String name, long batch) {
    ByteBuf bytes = Unpooled.wrappedBuffer(name.getBytes(StandardCharsets.UTF_8));
    return isUndecided(bytes, 0, bytes.readableBytes(), batch);
  }

  /** A Parse of a statement that was added goes out in a batch. */
  public void defines(ClientStatement statement, long batch) {
    defining++;
    statement.awaits(batch);
  }

  /** The server has answered that Parse. */
  public void defined(ClientStatement statement) {
    defining--;
    if (!closing.contains(statement)) {
      statement.isDecided();
    }
  }

  /** The server has skipped that Parse, or refused it. */
  public void undefined(ClientStatement statement) {
    defined(statement);
    remove(statement);
  }

  /** Removes a statement in a batch, until it is known whether it is {@link #closed}. */
  public void close(ClientStatement statement, long batch) {
    remove(statement);
    closing.add(statement);
    statement.awaits(batch);
  }

  /** The server has removed a statement, or had it no more. */
  public void closed(ClientStatement statement) {
    closing.remove(statement);
    statement.isDecided();
  }

  /** Whether there is memory for one more, with a name and a text of so many bytes. */
  public boolean hasRoom(int nameBytes, int textBytes) {
    return memory.hasRoom(ClientStatement.bytes(nameBytes) + (long) textBytes);
  }

  /**
   * Adds a statement under a name that none has, whether or not there is {@link #hasRoom room}.
   *
   * @param in has the name's bytes at an index, behind them a NUL and so many bytes of a Parse's
   *     rest
   * @param scanned what its execution does to the session
   * @param settings that its analysis reads; null where they aren't known
   * @param user by whose rights its names are looked up; null where that isn't known
   */
  public ClientStatement add(
      ByteBuf in,
      int at,
      int bytes,
      int restBytes,
      ScannedQuery scanned,
      @Nullable Object settings,
      @Nullable Object user) {
    byte[] name = new byte[bytes];
    in.getBytes(at, name);
    StatementText text = texts.take(in, at + bytes + 1, restBytes, scanned);
    ClientStatement statement = new ClientStatement(name, text, settings, user, memory);
    statement.isThere(text);
    insert(statement);
    return statement;
  }

  /** Removes a statement, also where it was taken out; nothing happens if it is gone. */
  public void remove(ClientStatement gone) {
    if (!removeHere(gone)) {
      layers.forEach(layer -> layer.removeHere(gone));
    }
  }

  private boolean removeHere(ClientStatement gone) {
    @Nullable ClientStatement[] all = table;
    if (all == null) {
      return false;
    }
    int mask = all.length - 1;
    int slot = hash(gone.name) & mask;
    while (all[slot] != gone) {
      if (all[slot] == null) {
        return false;
      }
      slot = (slot + 1) & mask;
    }
    all[slot] = null;
    size--;
    gone.isGone(texts);
    for (int next = (slot + 1) & mask; all[next] != null; next = (next + 1) & mask) {
      ClientStatement moved = all[next];
      all[next] = null;
      if (moved != null) {
        put(all, moved);
      }
    }
    return true;
  }

  /**
   * Removes all, for as long as it takes to learn whether they are really gone: either {@link
   * #lost} or {@link #putBack(ClientStatements)} is to follow.
   *
   * @param batch in which they are taken
   */
  public ClientStatements takeAll(long batch) {
    ClientStatements taken = new ClientStatements(texts, memory);
    taken.takenIn = batch;
    taken.table = table;
    taken.size = size;
    table = null;
    size = 0;
    layers.add(taken);
    return taken;
  }

  /** The statements that were taken are gone. */
  public void lost(ClientStatements taken) {
    layers.remove(taken);
    taken.clear();
  }

  /**
   * Puts back what was taken, but for names that have another statement by now: whatever takes all
   * out next takes it as well.
   */
  public void putBack(ClientStatements taken) {
    int at = layers.indexOf(taken);
    layers.remove(at);
    ClientStatements next = at < layers.size() ? layers.get(at) : this;
    @Nullable ClientStatement[] all = taken.table;
    if (all == null) {
      return;
    }
    for (ClientStatement statement : all) {
      if (statement != null) {
        next.addUnlessNamed(statement);
      }
    }
  }

  /** Puts back a statement that wasn't closed after all, unless its name has another by now. */
  public void putBack(ClientStatement removed) {
    closed(removed);
    (layers.isEmpty() ? this : layers.get(0)).addUnlessNamed(removed);
  }

  private void addUnlessNamed(ClientStatement removed) {
    ByteBuf name = Unpooled.wrappedBuffer(removed.name);
    if (find(name, 0, removed.name.length) == null) {
      insert(removed);
    }
  }

  /** The client has none of them any more. */
  public void clear() {
    @Nullable ClientStatement[] all = table;
    if (all != null) {
      for (ClientStatement statement : all) {
        if (statement != null) {
          statement.isGone(texts);
        }
      }
    }
    table = null;
    size = 0;
  }

  private void insert(ClientStatement statement) {
    if (statement.isGone()) {
      statement.isThere(texts.take(statement.text()));
    }
    @Nullable ClientStatement[] all = table;
    if (all == null || 2 * (size + 1) > all.length) {
      all = grown(all);
      table = all;
    }
    put(all, statement);
    size++;
  }

  private static @Nullable ClientStatement[] grown(@Nullable ClientStatement @Nullable [] before) {
    @Nullable ClientStatement[] all =
        new @Nullable ClientStatement[before == null ? FIRST_CAPACITY : 2 * before.length];
    if (before != null) {
      for (ClientStatement statement : before) {
        if (statement != null) {
          put(all, statement);
        }
      }
    }
    return all;
  }

  private static void put(@Nullable ClientStatement[] all, ClientStatement statement) {
    int mask = all.length - 1;
    int slot = hash(statement.name) & mask;
    while (all[slot] != null) {
      slot = (slot + 1) & mask;
    }
    all[slot] = statement;
  }

  private static boolean isNamed(ClientStatement statement, ByteBuf in, int at, int bytes) {
    byte[] name = statement.name;
    if (name.length != bytes) {
      return false;
    }
    for (int i = 0; i < bytes; i++) {
      if (in.getByte(at + i) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private static int hash(ByteBuf in, int at, int bytes) {
    int hash = 0;
    for (int i = 0; i < bytes; i++) {
      hash = 31 * hash + in.getByte(at + i);
    }
    return spread(hash);
  }

  private static int hash(byte[] name) {
    int hash = 0;
    for (byte b : name) {
      hash = 31 * hash + b;
    }
    return spread(hash);
  }

  private static int spread(int hash) {
    return hash ^ (hash >>> 16);
  }
}
