package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.Description;
import dev.tenantgate.gateway.statements.PlanKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
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

  /** Its name at the client that has bound it last, without the NUL; empty before that. */
  private byte[] boundAs = {};

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

  /** A Bind of it goes out, in which the client has called it so. */
  public void isBoundAs(byte[] clientsName) {
    boundAs = clientsName;
  }

  /**
   * The error of a Bind of it, as its client would get it on a backend of its own: with the
   * client's name in the place of the gateway's. Null if it doesn't name the statement, or isn't
   * all there. The caller owns the buffer.
   *
   * @param body as much as there is of it
   */
  @Nullable ByteBuf errorForClient(ByteBuf body, int bodyBytes, ByteBufAllocator allocator) {
    int at =
        body.readableBytes() < bodyBytes
            ? -1
            : ByteBufUtil.indexOf(Unpooled.wrappedBuffer(name), body);
    if (at < 0) {
      return null;
    }
    int behind = at + name.length;
    int bytes = bodyBytes - name.length + boundAs.length;
    return allocator
        .buffer(1 + Integer.BYTES + bytes)
        .writeByte(BackendMessage.ERROR_RESPONSE)
        .writeInt(Integer.BYTES + bytes)
        .writeBytes(body, 0, at)
        .writeBytes(boundAs)
        .writeBytes(body, behind, bodyBytes - behind);
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
