package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks a fresh connection for the {@code role} and the {@code search_path} that it begins with; the
 * one isn't reported by any server, the other not before PostgreSQL 18. SHOW looks up no name.
 * Event-loop confined.
 */
final class TemplateQuestion extends Reply.Exchange {

  private static final String SEARCH_PATH = "search_path";

  private final PooledBackend backend;
  private final Consumer<List<String>> answered;
  private final List<String> answers = new ArrayList<>(2);

  private TemplateQuestion(PooledBackend backend, Consumer<List<String>> answered) {
    super(1);
    this.backend = backend;
    this.answered = answered;
  }

  /** Asks for what the parameters that were reported don't say already. */
  static void ask(
      PooledBackend backend,
      PoolKey key,
      Map<String, String> parameters,
      Consumer<ServerProfile> answered) {
    String reported = parameters.get(SEARCH_PATH);
    backend
        .owed()
        .add(
            new TemplateQuestion(
                backend,
                answers ->
                    InheritedQuestion.ask(
                        backend,
                        inherited ->
                            answered.accept(
                                new ServerProfile(
                                    key,
                                    parameters,
                                    reported == null ? answers.get(1) : reported,
                                    answers.get(0),
                                    inherited)))));
    backend.write(
        FrontendMessage.query(
            backend.channel().alloc(),
            reported == null ? "SHOW role; SHOW search_path" : "SHOW role"));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    answers.add(in.toString(bodyAt + 6, in.getInt(bodyAt + 2), StandardCharsets.UTF_8));
  }

  @Override
  protected void error(Report report) {
    backend.channel().close();
  }

  @Override
  protected void done() {
    if (backend.isUsable()) {
      answered.accept(answers);
    }
  }
}
