package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks a fresh connection for the {@code search_path} that it begins with, which servers before
 * PostgreSQL 18 don't report. SHOW looks up no name. Event-loop confined.
 */
final class TemplateQuestion extends Reply.Exchange {

  private static final String SEARCH_PATH = "search_path";

  private final PooledBackend backend;
  private final Consumer<String> answered;
  private String answer = "\"$user\", public";

  private TemplateQuestion(PooledBackend backend, Consumer<String> answered) {
    super(1);
    this.backend = backend;
    this.answered = answered;
  }

  /** Asks, if the parameters that were reported don't say it already. */
  static void ask(
      PooledBackend backend,
      PoolKey key,
      Map<String, String> parameters,
      Consumer<PoolTemplate> answered) {
    String reported = parameters.get(SEARCH_PATH);
    if (reported != null) {
      answered.accept(new PoolTemplate(key, parameters, reported));
      return;
    }
    backend
        .owed()
        .add(
            new TemplateQuestion(
                backend, path -> answered.accept(new PoolTemplate(key, parameters, path))));
    backend.write(FrontendMessage.query(backend.channel().alloc(), "SHOW search_path"));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    answer = in.toString(bodyAt + 6, in.getInt(bodyAt + 2), StandardCharsets.UTF_8);
  }

  @Override
  protected void error(Report report) {
    backend.channel().close();
  }

  @Override
  protected void done() {
    answered.accept(answer);
  }
}
