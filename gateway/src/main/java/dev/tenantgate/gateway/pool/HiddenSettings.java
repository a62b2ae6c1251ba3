package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks a backend which parameters the database's own functions may set behind the back of a
 * statement that calls them. A plain SELECT may run one, and no server before PostgreSQL 18 says
 * so, even of {@code search_path}; where such functions exist, every transaction's end is asked for
 * these parameters. Most databases have none.
 *
 * <p>Functions in C, and those that build the name of what they set, of which nothing can be known,
 * are the limits of this: the latter make that all parameters are asked for. Event-loop confined.
 */
final class HiddenSettings extends Reply.Exchange {

  /** Among the names: a function sets something whose name it computes. */
  static final String ANY = "*";

  private static final String SQL =
      """
      SELECT DISTINCT pg_catalog.lower(
          coalesce(m[1], m[2], CASE WHEN m[3] IS NULL THEN '*' ELSE 'search_path' END))
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
      CROSS JOIN LATERAL pg_catalog.regexp_matches(p.prosrc,
          $re$set_config\\s*\\(\\s*(?:'([a-z_][a-z0-9_.$]*)'(?!\\s*,[^;]*,\\s*true\\s*\\))|[^'\\s])\
      |\\mset\\s+(?:session\\s+)?(?:(search_path|[a-z_]\\w*\\.[a-z_]\\w*)\\s*(?:=|\\mto\\M)|(schema)\\M)$re$,
          'gi') m
      WHERE l.lanname OPERATOR(pg_catalog.<>) 'internal' AND l.lanname OPERATOR(pg_catalog.<>) 'c'\
      """;

  private final Set<String> names = new HashSet<>();
  private final Consumer<Set<String>> answered;

  private HiddenSettings(Consumer<Set<String>> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once. */
  static void ask(PooledBackend backend, Consumer<Set<String>> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new HiddenSettings(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    names.add(in.toString(bodyAt + 6, in.getInt(bodyAt + 2), StandardCharsets.US_ASCII));
  }

  @Override
  protected void done() {
    answered.accept(names);
  }
}
