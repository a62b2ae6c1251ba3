package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.memory.SessionMemory;
import org.jspecify.annotations.Nullable;

/**
 * A statement under the name that a client gave it, as a session of the client's own would have it:
 * the types of its parameters and its columns stay what they were when the client prepared it.
 * Event-loop confined.
 */
public final class ClientStatement {

  /** Of this object, its keys, and its place in a table. */
  private static final int FIXED_BYTES = 208;

  final byte[] name;
  private final SessionMemory memory;
  private StatementText text;
  private final @Nullable Object settings;
  private final @Nullable Object user;

  /** When its Parse was sent, by the {@link AnalysisClock}; no other has the same. */
  private final long sentAt;

  private final PlanKey ownKey;

  /** When the server was known to have analysed it; 0 before that. */
  private long parsedAt;

  private @Nullable Description told;
  private @Nullable PlanKey lastKey;
  private @Nullable Object ownPlace;
  private boolean gone = true;

  /**
   * The batch whose answer tells whether the client has it, or has it no more; -1 if that is known.
   */
  private long decidedIn = -1;

  ClientStatement(
      byte[] name,
      StatementText text,
      @Nullable Object settings,
      @Nullable Object user,
      SessionMemory memory) {
    this.name = name;
    this.memory = memory;
    this.text = text;
    this.settings = settings;
    this.user = user;
    this.sentAt = AnalysisClock.tick();
    this.ownKey = new PlanKey(text.identity(), null, null, null, 0, sentAt);
  }

  /** As the client has called it, without the NUL. */
  public byte[] name() {
    return name;
  }

  public StatementText text() {
    return text;
  }

  /** The client's settings when it prepared it, as far as analysis reads them; null if unknown. */
  public @Nullable Object settings() {
    return settings;
  }

  /** By whose rights its names were looked up; null if unknown. */
  public @Nullable Object user() {
    return user;
  }

  /**
   * Of a statement that is analysed with settings that nobody knows: it is good for this client
   * alone, and for one lease.
   */
  public PlanKey keyOfLease(long lease, long generation) {
    return new PlanKey(ownKey.text(), told, null, "\0" + lease, generation, sentAt);
  }

  /** When its Parse was sent. */
  public long sentAt() {
    return sentAt;
  }

  /** Whether the client has it no more. */
  public boolean isGone() {
    return gone;
  }

  /** A message went out in a batch by which it comes or goes. */
  void awaits(long batch) {
    decidedIn = batch;
  }

  /** The server has answered that. */
  void isDecided() {
    decidedIn = -1;
  }

  /** Whether that is to be seen by the answer to an earlier batch than this. */
  boolean isUndecided(long batch) {
    return decidedIn >= 0 && decidedIn != batch;
  }

  /** The client has it; the text is used for it. */
  void isThere(StatementText used) {
    gone = false;
    text = used;
    memory.keep(aloneBytes(), text.fullBytes());
  }

  /** The client has it no more. */
  void isGone(StatementTexts texts) {
    gone = true;
    memory.give(aloneBytes(), text.fullBytes());
    texts.give(text);
  }

  private int aloneBytes() {
    return bytes(name.length) + (told == null ? 0 : told.bytes());
  }

  /** The heap of a statement with a name of so many bytes, besides its text. */
  static int bytes(int nameBytes) {
    return FIXED_BYTES + nameBytes;
  }

  /** The description that the client relies on; null before the server has sent it. */
  public @Nullable Description told() {
    return told;
  }

  /** The server has described it as the client has prepared it. */
  public void tell(Description description) {
    if (told == null) {
      told = description;
      if (!gone) {
        memory.keep(description.bytes(), 0);
      }
      parsedAt = AnalysisClock.tick();
    }
  }

  /** Of the statement that the client's own Parse makes; nobody else uses that. */
  public PlanKey ownKey() {
    return ownKey;
  }

  /** Where a statement by its {@link #ownKey} was made last. */
  public void isOwnIn(Object place) {
    ownPlace = place;
  }

  /** Whether there may be one by its {@link #ownKey}, as far as it was made last. */
  public boolean mayHaveOwnIn(Object place) {
    return ownPlace == place;
  }

  /**
   * The key of the backend's statement that may be used for it; nearly always the last one. Its own
   * key as long as it hasn't been described.
   */
  public PlanKey key(@Nullable String searchPath, long generation) {
    Description known = told;
    if (known == null) {
      return ownKey;
    }
    PlanKey key = lastKey;
    if (key == null || !key.is(searchPath, generation)) {
      long owner = settings == null ? sentAt : 0;
      key =
          PlanKey.shared(
              new PlanKey(ownKey.text(), known, settings, searchPath, generation, owner));
      lastKey = key;
    }
    return key;
  }

  /**
   * Whether a backend's statement is as the client would get it by its own Parse: it was analysed
   * later.
   *
   * @param analysedAt when the server was sent it
   * @param changedAt when what it names was last known to change
   */
  public boolean isServedBy(long analysedAt, long changedAt) {
    return analysedAt > changedAt && analysedAt > parsedAt;
  }
}
