package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.scan.SessionEffect.Begin;
import dev.tenantgate.gateway.scan.SessionEffect.Commit;
import dev.tenantgate.gateway.scan.SessionEffect.DiscardAll;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareTransaction;
import dev.tenantgate.gateway.scan.SessionEffect.ReleaseSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.ResetAll;
import dev.tenantgate.gateway.scan.SessionEffect.ResetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.Rollback;
import dev.tenantgate.gateway.scan.SessionEffect.RollbackToSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Savepoint;
import dev.tenantgate.gateway.scan.SessionEffect.SetConfig;
import dev.tenantgate.gateway.scan.SessionEffect.SetParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a session has changed, as the server has them: a rollback restores what the
 * transaction or the savepoint found, {@code SET LOCAL} ends with the transaction, and what a
 * failed statement would have done didn't happen. Fed with the effects of statements once they have
 * succeeded, with errors, and with each ReadyForQuery. Does no I/O.
 *
 * <p>A message that isn't within a transaction block is a transaction of its own, all of its
 * statements together; so is a pipeline up to its Sync.
 *
 * <p>Confined to one thread.
 */
public final class SessionSettings {

  private static final Level UNCHANGED = new Level("", SharedMap.empty(), SharedMap.empty(), 0);

  /** A parameter takes so much besides its name and value, with its way in two maps. */
  private static final int ENTRY_BYTES = 160;

  /** Their names, with what they were set to, outside any transaction. */
  private SharedMap<Operand> committed = SharedMap.empty();

  private int committedBytes;

  /** The transaction, and a level for each savepoint in it; empty outside. */
  private final List<Level> levels = new ArrayList<>(2);

  /** Whether the transaction ends with a command, not with the message. */
  private boolean inBlock;

  private boolean failed;

  /**
   * What a transaction or a savepoint has changed so far.
   *
   * @param savepoint its name; empty for the transaction itself
   * @param session what will be kept
   * @param local what ends with the transaction; {@link Operand.Null} for the default
   * @param bytes that it takes, which the level below doesn't take as well
   */
  private record Level(
      String savepoint, SharedMap<Operand> session, SharedMap<Operand> local, int bytes) {}

  /** The heap that it takes, roughly. */
  public int bytes() {
    int bytes = committedBytes;
    for (int i = 0; i < levels.size(); i++) {
      bytes += levels.get(i).bytes;
    }
    return bytes;
  }

  /** The same, to go on by itself. */
  public SessionSettings copy() {
    SessionSettings copy = new SessionSettings();
    copy.committed = committed;
    copy.committedBytes = committedBytes;
    copy.levels.addAll(levels);
    copy.inBlock = inBlock;
    copy.failed = failed;
    return copy;
  }

  /** Whether nothing is changed, and nothing was in the transaction so far. */
  public boolean isUnchanged() {
    if (!committed.isEmpty()) {
      return false;
    }
    for (int i = 0; i < levels.size(); i++) {
      if (!levels.get(i).session.isEmpty() || !levels.get(i).local.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * The value in force: {@link Operand.Opaque} if it isn't known; null for the session's default.
   */
  public @Nullable Operand value(String parameter) {
    if (levels.isEmpty()) {
      return committed.get(parameter);
    }
    Level top = top();
    Operand local = top.local.get(parameter);
    if (local != null) {
      return local instanceof Operand.Null ? null : local;
    }
    return top.session.get(parameter);
  }

  /** Every parameter that is changed for the session, with its value; SET LOCAL left out. */
  public Map<String, Operand> sessionValues() {
    return levels.isEmpty() ? committed : top().session;
  }

  /** A statement with this effect has succeeded. */
  public void apply(SessionEffect effect) {
    if (effect instanceof Begin) {
      begin();
    } else if (effect instanceof Commit commit) {
      end(!failed, commit.chain());
    } else if (effect instanceof Rollback rollback) {
      end(false, rollback.chain());
    } else if (effect instanceof PrepareTransaction) {
      end(!failed, false);
    } else if (effect instanceof Savepoint savepoint) {
      openLevel();
      levels.add(opened(savepoint.name()));
    } else if (effect instanceof ReleaseSavepoint release) {
      release(release.name());
    } else if (effect instanceof RollbackToSavepoint rollback) {
      rollbackTo(rollback.name());
    } else if (effect instanceof SetParameter set) {
      set(set.name(), set.value(), set.local());
    } else if (effect instanceof ResetParameter reset) {
      set(reset.name(), Operand.Null.INSTANCE, reset.local());
    } else if (effect instanceof ResetAll) {
      resetAll();
    } else if (effect instanceof DiscardAll) {
      openLevel();
      replaceTop(SharedMap.empty(), SharedMap.empty(), 0);
    } else if (effect instanceof SetConfig call && call.name() instanceof Operand.Literal name) {
      set(name.text().toLowerCase(java.util.Locale.ROOT), Operand.Opaque.INSTANCE, false);
    }
  }

  /** The server says what the value is, whatever was expected. */
  public void correct(String parameter, String value) {
    boolean outside = levels.isEmpty();
    set(parameter, new Operand.Literal(value), false);
    if (outside) {
      end(true, false);
    }
  }

  /** A statement has failed. */
  public void failed() {
    if (inBlock) {
      failed = true;
    } else {
      levels.clear();
    }
  }

  /** The server is ready, its transaction in this status. */
  public void ready(TransactionStatus status) {
    switch (status) {
      case IDLE -> end(!failed, false);
      case IN_TRANSACTION -> {
        begin();
        failed = false;
      }
      case FAILED -> {
        begin();
        failed = true;
      }
    }
  }

  private void begin() {
    openLevel();
    inBlock = true;
  }

  @SuppressWarnings(
      "ReferenceEquality") // maps are shared; to compare them takes as long as to count
  private void end(boolean commits, boolean chain) {
    if (commits && !levels.isEmpty()) {
      if (committed != top().session) {
        committed = top().session;
        committedBytes = bytesOf(committed);
      }
    }
    levels.clear();
    failed = false;
    inBlock = false;
    if (chain) {
      begin();
    }
  }

  private void release(String name) {
    int index = indexOf(name);
    if (index > 0) {
      Level kept = top();
      int bytes = 0;
      while (levels.size() > index) {
        bytes += levels.remove(levels.size() - 1).bytes;
      }
      replaceTop(kept.session, kept.local, bytes);
    }
  }

  private void rollbackTo(String name) {
    int index = indexOf(name);
    if (index > 0) {
      while (levels.size() > index) {
        levels.remove(levels.size() - 1);
      }
      levels.add(opened(name));
      failed = false;
    }
  }

  private Level opened(String savepoint) {
    return new Level(savepoint, top().session, top().local, ENTRY_BYTES + savepoint.length());
  }

  private static int bytesOf(SharedMap<Operand> values) {
    int bytes = 0;
    for (Map.Entry<String, Operand> entry : values.entrySet()) {
      bytes += bytesOf(entry.getKey(), entry.getValue());
    }
    return bytes;
  }

  private static int bytesOf(String name, Operand value) {
    return ENTRY_BYTES + name.length() + EffectSize.of(value);
  }

  private int indexOf(String savepoint) {
    for (int i = levels.size() - 1; i > 0; i--) {
      if (levels.get(i).savepoint.equals(savepoint)) {
        return i;
      }
    }
    return -1;
  }

  private void set(String parameter, Operand value, boolean local) {
    openLevel();
    SharedMap<Operand> session = top().session;
    SharedMap<Operand> locals = top().local;
    Operand before = (local ? locals : session).get(parameter);
    int less = before == null || levels.size() > 1 ? 0 : bytesOf(parameter, before);
    if (local) {
      locals = with(locals, parameter, value);
    } else {
      session = with(session, parameter, value instanceof Operand.Null ? null : value);
      locals = with(locals, parameter, null);
    }
    if (parameter.equals("session_authorization")) {
      // Whoever becomes another user takes off the role of the one before.
      session = with(session, "role", null);
      locals = with(locals, "role", null);
    }
    replaceTop(session, locals, bytesOf(parameter, value) - less);
  }

  private void resetAll() {
    openLevel();
    replaceTop(identity(top().session), identity(top().local), 0);
  }

  /** What RESET ALL leaves alone. */
  private static SharedMap<Operand> identity(SharedMap<Operand> values) {
    SharedMap<Operand> kept = SharedMap.empty();
    for (String name : List.of("role", "session_authorization")) {
      Operand value = values.get(name);
      if (value != null) {
        kept = kept.with(name, value);
      }
    }
    return kept;
  }

  private static SharedMap<Operand> with(
      SharedMap<Operand> values, String name, @Nullable Operand value) {
    return value == null ? values.without(name) : values.with(name, value);
  }

  private void openLevel() {
    if (levels.isEmpty()) {
      levels.add(committed.isEmpty() ? UNCHANGED : new Level("", committed, SharedMap.empty(), 0));
    }
  }

  private Level top() {
    return levels.get(levels.size() - 1);
  }

  private void replaceTop(SharedMap<Operand> session, SharedMap<Operand> local, int more) {
    Level top = top();
    levels.set(levels.size() - 1, new Level(top.savepoint, session, local, top.bytes + more));
  }
}
