package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.Description;
import dev.tenantgate.gateway.statements.PlanKey;
import org.jspecify.annotations.Nullable;

/**
 * A statement on one backend, under a name of the gateway's; also the {@link Reply} that is owed
 * for a Bind of it. Event-loop confined.
 */
public final class BackendStatement implements Reply {

  private final PlanKey key;
  private final byte[] name;
  private final long batch;
  private final long analysedAt;
  private final @Nullable ClientStatement owner;
  private @Nullable Description description;
  private boolean confirmed;
  private long generation;

  BackendStatement(
      PlanKey key, byte[] name, long batch, long analysedAt, @Nullable ClientStatement owner) {
    this.key = key;
    this.name = name;
    this.batch = batch;
    this.analysedAt = analysedAt;
    this.owner = owner;
  }

  PlanKey key() {
    return key;
  }

  /** Whether it was one client's, who has no such statement any more. */
  boolean isOrphan() {
    return owner != null && owner.isGone();
  }

  /** When its Parse was sent, by the {@link dev.tenantgate.gateway.statements.AnalysisClock}. */
  public long analysedAt() {
    return analysedAt;
  }

  /** Notes where the schemas of the client stand for which it is made. */
  public void madeIn(long schemas) {
    generation = schemas;
  }

  /** Whether they stand there still. */
  public boolean isMadeIn(long schemas) {
    return generation == schemas;
  }

  /** The server's description; null before it has come. */
  public @Nullable Description description() {
    return description;
  }

  /** The server has described it. */
  public void describe(Description told) {
    description = told;
  }

  /** Without the NUL. */
  public byte[] name() {
    return name;
  }

  void confirm() {
    confirmed = true;
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /**
   * Whether messages of that batch may name it. Where an earlier batch has failed before it came to
   * the Parse, the server has skipped it.
   */
  boolean isUsable(long inBatch) {
    return confirmed || batch == inBatch;
  }
}
