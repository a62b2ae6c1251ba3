package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Asks a backend that is about to be left whether its session has what another can't be given:
 * locks, temporary objects, cursors and parameters that functions of the database have left, which
 * no text shows. Asked under a name of the gateway's own, which leaves the client's statements and
 * portals alone. Event-loop confined.
 */
final class LeftStateQuestion extends Reply.Exchange {

  private static final OwnStatement NAMED = new OwnStatement("left");

  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_.]*");

  /** Parameters that the gateway follows by themselves. */
  private static final String FOLLOWED = "'search_path', 'role', 'session_authorization'";

  private static final String SQL =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_locks \
      WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
      AND locktype OPERATOR(pg_catalog.=) 'advisory') \
      OR pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0 \
      OR EXISTS (SELECT FROM pg_catalog.pg_listening_channels()) \
      OR EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable) \
      OR EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql) \
      OR EXISTS (SELECT FROM pg_catalog.pg_settings \
      WHERE source OPERATOR(pg_catalog.=) 'session' \
      AND pg_catalog.lower(name) OPERATOR(pg_catalog.<>) ALL (ARRAY[%s]))\
      """;

  private final Consumer<Boolean> answered;
  private boolean left = true;

  private LeftStateQuestion(Consumer<Boolean> answered) {
    super(1);
    this.answered = answered;
  }

  /**
   * Asks.
   *
   * @param known the parameters that the session is known to have set
   * @param answered told whether there is anything; yes where the server doesn't say
   */
  static void ask(PooledBackend backend, Collection<String> known, Consumer<Boolean> answered) {
    String names =
        known.stream()
            .filter(name -> PLAIN.matcher(name).matches())
            .map(name -> ", '" + name + "'")
            .collect(Collectors.joining());
    ByteBuf out = backend.channel().alloc().buffer(1024);
    NAMED.write(out, SQL.formatted(FOLLOWED + names));
    out.writeByte(FrontendMessage.SYNC).writeInt(4);
    backend.owed().add(new LeftStateQuestion(answered));
    backend.write(out);
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    left = in.getByte(bodyAt + 6) != 'f';
  }

  @Override
  protected void error(Report report) {
    left = true;
  }

  @Override
  protected void done() {
    answered.accept(left);
  }
}
