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
 * are the limits of this: the latter make that all parameters are asked for. Tenants have the same
 * functions in each of their schemas: each body is looked at once. Event-loop confined.
 */
final class HiddenSettings extends Reply.Exchange {

  /** Among the names: a function sets something whose name it computes. */
  static final String ANY = "*";

  /**
   * What sets a parameter within a body: a call of {@code set_config}, by name or not; a SET of the
   * path or of a parameter of an extension's; at a statement's begin, a SET of any, which an UPDATE
   * looks like anywhere else.
   */
  private static final String SETS =
      """
      set_config\\s*\\(\\s*(?:'([a-z_][a-z0-9_.$]*)'(?!\\s*,[^;]*,\\s*true\\s*\\))|[^'\\s])\
      |\\mset\\s+(?:session\\s+)?(?:(search_path|[a-z_]\\w*\\.[a-z_]\\w*)\\s*(?:=|\\mto\\M)|(schema)\\M)\
      |(?:^|;|'|\\*/|--[^\\n]*\\n|\\m(?:begin|then|else|loop)\\M)\\s*set\\s+(?:session\\s+)?\
      (?:([a-z_]\\w*)\\s*(?:=|\\mto\\M)|(role|session\\s+authorization|authorization|time\\s+zone|names)\\M)\
      """;

  private static final String SQL =
      """
      SELECT DISTINCT name FROM (
        SELECT pg_catalog.lower(CASE
          WHEN m[3] IS NOT NULL THEN 'search_path'
          WHEN m[5] IS NOT NULL THEN CASE pg_catalog.lower(pg_catalog.substr(m[5], 1, 1))
            WHEN 'r' THEN 'role' WHEN 't' THEN 'TimeZone' WHEN 'n' THEN 'client_encoding'
            ELSE 'session_authorization' END
          WHEN m[4] IS NOT NULL THEN (SELECT s.name FROM pg_catalog.pg_settings s
            WHERE pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) pg_catalog.lower(m[4])
              AND s.context OPERATOR(pg_catalog.~) 'user')
          ELSE coalesce(m[1], m[2], '*') END) AS name
        FROM (SELECT DISTINCT prosrc, prolang FROM pg_catalog.pg_proc
          WHERE oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid) p
        JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        CROSS JOIN LATERAL pg_catalog.regexp_matches(p.prosrc, $re$%s$re$, 'gi') m
        WHERE l.lanname OPERATOR(pg_catalog.<>) 'internal'
          AND l.lanname OPERATOR(pg_catalog.<>) 'c') found
      WHERE name IS NOT NULL"""
          .formatted(SETS);

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
