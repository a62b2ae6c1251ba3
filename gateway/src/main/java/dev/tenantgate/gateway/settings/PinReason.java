package dev.tenantgate.gateway.settings;

import java.util.Locale;

/** Why a session keeps its backend beyond a transaction: something there can't be carried. */
public enum PinReason {
  /** Tables, views, sequences or functions in the session's temporary schema. */
  TEMPORARY("a temporary object", false),
  CURSOR("a cursor WITH HOLD", false),
  ADVISORY_LOCK("an advisory lock of the session", false),
  PREPARE("PREPARE and EXECUTE", false),
  /** A parameter's value couldn't be read back. */
  VALUE("a value that can't be read", false),
  /** A parameter that the server can't be asked for by its name. */
  PARAMETER("a parameter of that name", true),
  /** A parameter was set whose name was computed: no server lists those of extensions. */
  UNKNOWN_PARAMETER("a parameter whose name is computed", true),
  RANDOM_SEED("the seed of random()", true),
  LIBRARY("LOAD", true),
  /** Of functions that leave in the server's process what only its end clears. */
  PROCESS_STATE(
      "a connection of dblink, a replication origin, slot or backup of the session", true),
  /** Currval() and lastval() are read, which are what the session's own statements left. */
  SEQUENCE("what currval() and lastval() give", true),
  /** A body that isn't seen may do anything; what it has left is asked afterwards. */
  BODY("DO and CALL, which may do anything to the session,", false),
  /** The same of a function, if it leaves what can't be asked about. */
  FUNCTION("what a function that it calls leaves in the session", true),
  /** A statement whose text is too long to be kept: under a name, or still to be bound. */
  TEXT("a text of that length", false);

  private final String words;
  private final boolean lasting;

  PinReason(String words, boolean lasting) {
    this.words = words;
    this.lasting = lasting;
  }

  /** The same for people, as the subject of a sentence. */
  public String words() {
    return words;
  }

  /** Whether the server can't be asked if it is still there. */
  public boolean isLasting() {
    return lasting;
  }

  /** Whether it ends where the session says {@code DISCARD ALL}. */
  public boolean isDiscarded() {
    return this != RANDOM_SEED && this != LIBRARY && this != PROCESS_STATE && this != FUNCTION;
  }

  /** The same in metrics and the API. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
