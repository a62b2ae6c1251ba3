package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.routines.HarmlessSql;
import dev.tenantgate.gateway.scan.ParameterNames;
import dev.tenantgate.gateway.scan.UnprovenNames;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks a backend for the names of all in its database that can't be shown harmless.
 *
 * <p>Event-loop confined.
 */
final class HarmlessQuestion extends Reply.Exchange {

  private static final String SQL =
      "BEGIN; SET LOCAL search_path TO pg_catalog; SET LOCAL statement_timeout TO 0; "
          + HarmlessSql.anything()
          + "; COMMIT";

  /**
   * The answer.
   *
   * @param unproven what can't be shown harmless
   * @param parameters of an extension's kind that routines, policies, views and defaults name
   */
  record Answer(UnprovenNames unproven, Set<String> parameters) {}

  private final List<String> found = new ArrayList<>();
  private final Set<String> parameters = new HashSet<>();
  private final Consumer<Answer> answered;
  private boolean failed;

  private HarmlessQuestion(Consumer<Answer> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once, and says that nothing is harmless where the server has none. */
  static void ask(PooledBackend backend, Consumer<Answer> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new HarmlessQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    String name = in.toString(bodyAt + 6, in.getInt(bodyAt + 2), StandardCharsets.UTF_8);
    if (name.length() > 1 && name.charAt(0) == '=' && name.indexOf('.') > 0) {
      if (parameters.size() < ParameterNames.MOST) {
        parameters.add(name.substring(1));
      }
    } else {
      found.add(name);
    }
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    answered.accept(
        failed
            ? new Answer(UnprovenNames.UNKNOWN, Set.of())
            : new Answer(UnprovenNames.of(found), Set.copyOf(parameters)));
  }
}
