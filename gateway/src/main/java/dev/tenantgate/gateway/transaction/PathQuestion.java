package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend in the middle of a transaction where it is, which servers before PostgreSQL 18
 * don't report. SHOW looks up no name. Event-loop confined.
 */
final class PathQuestion extends Reply.Exchange {

  private final Charset charset;
  private final Consumer<@Nullable String> answered;
  private @Nullable String path;

  private PathQuestion(Charset charset, Consumer<@Nullable String> answered) {
    super(1);
    this.charset = charset;
    this.answered = answered;
  }

  /**
   * Asks.
   *
   * @param charset the client's, in which the server answers
   * @param answered told the path; null if the server has refused to tell
   */
  static void ask(PooledBackend backend, Charset charset, Consumer<@Nullable String> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new PathQuestion(charset, answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), "SHOW search_path"));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    path = in.toString(bodyAt + 6, in.getInt(bodyAt + 2), charset);
  }

  @Override
  protected void error(Report report) {
    path = null;
  }

  @Override
  protected void done() {
    answered.accept(path);
  }
}
