package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.routines.SetParameters;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a transaction may have changed: which the backend has to be asked for, and
 * which of them the client's statements set or put back, if they went well. Event-loop confined.
 */
public final class TouchedParameters {

  /** The memory of a name besides its characters. */
  private static final int NAME_BYTES = 96;

  private final SessionMemory memory;
  private final Set<String> touched = new NameSet();
  private final Set<String> assigned = new NameSet();
  private final Set<String> reset = new NameSet();

  /** Parameters that the transaction has put back to their defaults for itself alone. */
  private final Set<String> localResets = new NameSet();

  private final Set<String> passedOver = new NameSet();

  /** Parameters of the client's start that a statement has put back to the backend's. */
  private final Set<String> lost = new NameSet();

  /** The values of the transaction's begin of those that the server says to have others now. */
  private @Nullable Map<String, String> reportedBefore;

  private boolean all;

  /** The memory that the names take. */
  private int bytes;

  TouchedParameters(SessionMemory memory) {
    this.memory = memory;
  }

  // ---- what is noted

  void touch(String name) {
    add(touched, name);
    if (name.equals("session_authorization")) {
      add(touched, "role"); // whoever becomes another user takes it off
    }
  }

  /** Functions may have set these, any parameter among them. */
  void touchHidden(Set<String> names) {
    touched.addAll(names);
    if (touched.contains("session_authorization")) {
      touched.add("role");
    }
    all |= touched.remove(SetParameters.ANY);
  }

  /** Any may have been set. */
  void touchAll() {
    all = true;
  }

  /** A statement sets one, for its transaction alone or for the session. */
  void set(String name, boolean local) {
    localResets.remove(name);
    if (!local) {
      passedOver.remove(name);
      assign(name);
    }
  }

  void assign(String name) {
    add(assigned, name);
    reset.remove(name);
  }

  /**
   * A statement puts one back to its default.
   *
   * @param begun whether the client began with a value of its own, which the backend doesn't know
   */
  void putBack(String name, boolean local, boolean begun) {
    if (!local) {
      localResets.remove(name);
      passedOver.remove(name);
    } else if (!assigned.contains(name)) {
      localResets.add(name);
    }
    assigned.remove(name);
    add(reset, name);
    all |= begun;
    if (begun && !local) {
      lost.add(name);
    }
  }

  /**
   * A statement puts back all.
   *
   * @param startup what the client began with
   */
  void putBackAll(SessionSettings startup) {
    passedOver.addAll(localResets);
    assigned.clear();
    all = true;
    lost.addAll(startup.asMap().keySet());
    lost.removeAll(SettingsReadback.UNLISTED); // RESET ALL leaves them
  }

  /** A transaction begins or ends, or may have done so. */
  public void transactionChanges() {
    localResets.clear();
  }

  /** A transaction is rolled back. */
  void rolledBack() {
    localResets.clear();
    assigned.clear();
  }

  /**
   * The server itself said that one has another value. Once it says the value of the transaction's
   * begin again, as behind a {@code SET LOCAL}, there is nothing to be asked for.
   *
   * @param before the value that it said last; null if it never did
   */
  void reported(String name, String value, @Nullable String before) {
    Map<String, String> begins = reportedBefore;
    String began = begins == null ? before : begins.getOrDefault(name, before);
    if (began == null) {
      add(touched, name);
    } else if (!began.equals(value)) {
      if (begins == null) {
        begins = new HashMap<>(4);
        reportedBefore = begins;
      }
      begins.put(name, began);
    } else if (begins != null) {
      begins.remove(name);
    }
  }

  private void add(Set<String> names, String name) {
    if (names.add(name)) {
      int more = NAME_BYTES + name.length();
      bytes += more;
      memory.keep(more, 0);
    }
  }

  // ---- what is known

  /** Whether the backend has to be asked for all. */
  public boolean areAll() {
    return all;
  }

  /** The parameters that the backend has to be asked for, unless it is for all. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>(touched);
    if (reportedBefore != null) {
      names.addAll(reportedBefore.keySet());
    }
    return names;
  }

  /** Whether the client's statements may have changed any. */
  boolean areAnyByStatements() {
    return all || !touched.isEmpty();
  }

  /** Whether the server has reported another value, which the transaction's end may put back. */
  boolean areAnyReported() {
    return reportedBefore != null && !reportedBefore.isEmpty();
  }

  /** Parameters that the client's statements set, if they went well. */
  public Set<String> assigned() {
    return assigned;
  }

  /** Parameters that the client's statements put back, if they went well. */
  public Set<String> reset() {
    return reset;
  }

  /** Parameters that a RESET ALL has left as they were: it passes over those with a default. */
  public Set<String> passedOver() {
    return passedOver;
  }

  /** Whether something has to be set again for the rest of the transaction. */
  public boolean hasLost() {
    return !lost.isEmpty();
  }

  /**
   * The values that have to be set again for the rest of the transaction; they are asked for once.
   *
   * @param startup what the client began with
   */
  public SessionSettings takeLost(SessionSettings startup) {
    SessionSettings again = SessionSettings.NONE;
    for (String name : lost) {
      again = again.with(name, startup.get(name));
    }
    lost.clear();
    return again;
  }

  /** They have been set again already. */
  public void restored() {
    lost.clear();
  }

  void clear() {
    if (bytes > 0) {
      memory.give(bytes, 0);
      bytes = 0;
    }
    touched.clear();
    assigned.clear();
    reset.clear();
    localResets.clear();
    passedOver.clear();
    lost.clear();
    if (reportedBefore != null) {
      reportedBefore.clear();
    }
    all = false;
  }
}
