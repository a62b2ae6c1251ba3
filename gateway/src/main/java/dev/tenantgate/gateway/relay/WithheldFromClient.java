package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.answer.AnswerFiles;
import dev.tenantgate.gateway.answer.WithheldAnswer;
import dev.tenantgate.gateway.tenant.Refusal;
import io.netty.buffer.ByteBuf;

/** The client's side of an answer that is withheld. Event-loop confined. */
final class WithheldFromClient implements WithheldAnswer.Owner {

  private final Relay relay;
  private final UnforeseenSwitch unforeseen;

  WithheldFromClient(Relay relay, UnforeseenSwitch unforeseen) {
    this.relay = relay;
    this.unforeseen = unforeseen;
  }

  /** Makes an answer of a session's, which nothing is kept of yet. */
  static WithheldAnswer answer(Relay relay, UnforeseenSwitch unforeseen, AnswerFiles files) {
    return new WithheldAnswer(
        files, relay.frontend().channel().eventLoop(), new WithheldFromClient(relay, unforeseen));
  }

  @Override
  public void write(ByteBuf part) {
    relay.frontend().write(part);
  }

  @Override
  public void flush() {
    relay.frontend().flush();
  }

  @Override
  public boolean isWritable() {
    return relay.frontend().channel().isWritable();
  }

  @Override
  public void roomChanged() {
    unforeseen.throttle();
  }

  @Override
  public void failed(Refusal refusal) {
    unforeseen.lose(TenantGate.report(refusal));
  }
}
