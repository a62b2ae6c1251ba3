package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend for parameters of its session, between two exchanges of the client's. A Query
 * would end the client's unnamed statement and its unnamed portal; a statement and a portal with
 * names of the gateway's leave both. SHOW looks up no name. Event-loop confined.
 */
final class ShowQuestion extends Reply.Exchange {

  private static final OwnStatement SHOW = new OwnStatement("show");

  private final PooledBackend backend;
  private final List<String> parameters;
  private final Charset charset;
  private final Consumer<@Nullable List<String>> answered;
  private final List<String> values = new ArrayList<>(3);

  /**
   * Prepares the question.
   *
   * @param charset the client's, in which the server answers
   * @param answered told the values, in the parameters' order; null if the server has refused to
   *     tell one
   */
  ShowQuestion(
      PooledBackend backend,
      List<String> parameters,
      Charset charset,
      Consumer<@Nullable List<String>> answered) {
    super(1);
    this.backend = backend;
    this.parameters = parameters;
    this.charset = charset;
    this.answered = answered;
  }

  /** Sends it, with its Sync. */
  void send() {
    ByteBuf out = backend.channel().alloc().buffer(256);
    for (String parameter : parameters) {
      SHOW.write(out, "SHOW " + parameter);
    }
    out.writeByte(FrontendMessage.SYNC).writeInt(4);
    backend.owed().add(this);
    backend.write(out);
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    values.add(in.toString(bodyAt + 6, in.getInt(bodyAt + 2), charset));
  }

  /** No value that decides on a path is so long. */
  @Override
  protected void longRow(ByteBuf in, int bodyAt) {
    values.clear();
  }

  @Override
  protected void error(Report report) {
    values.clear();
  }

  @Override
  protected void done() {
    answered.accept(values.size() == parameters.size() ? values : null);
  }
}
