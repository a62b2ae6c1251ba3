package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.InheritedSettings;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a fresh connection for the defaults that it has from its role and its database: a session
 * keeps them to its end, also where its transactions run on backends that began with others. Of
 * parameters that the user can't set nothing is asked. Event-loop confined.
 */
final class InheritedQuestion extends Reply.Exchange {

  /** Every name and operator is qualified: the user's own path is in force. */
  private static final String SQL =
      """
      SELECT x.name, pg_catalog.current_setting(x.name, true), \
      coalesce(s.boot_val, CASE WHEN x.name OPERATOR(pg_catalog.=) 'role' THEN 'none' END), 'r' \
      FROM (SELECT DISTINCT pg_catalog.lower(pg_catalog.split_part(c.entry, '=', 1)) AS name \
        FROM pg_catalog.pg_db_role_setting d \
        CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) c(entry) \
        WHERE (d.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid \
          OR d.setdatabase OPERATOR(pg_catalog.=) (SELECT b.oid FROM pg_catalog.pg_database b \
            WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) \
        AND (d.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid \
          OR d.setrole OPERATOR(pg_catalog.=) (SELECT r.oid FROM pg_catalog.pg_roles r \
            WHERE r.rolname OPERATOR(pg_catalog.=) SESSION_USER))) x \
      LEFT JOIN pg_catalog.pg_settings s \
        ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) x.name \
      WHERE s.context IS NULL OR s.context OPERATOR(pg_catalog.=) 'user' \
      UNION ALL SELECT pg_catalog.lower(s.name), s.setting, s.boot_val, 's' \
      FROM pg_catalog.pg_settings s WHERE s.context OPERATOR(pg_catalog.=) 'user' \
      AND s.source OPERATOR(pg_catalog.<>) 'default' \
      AND s.source OPERATOR(pg_catalog.!~) '^(user|database|global)'\
      """;

  private final Consumer<InheritedSettings> answered;
  private final Map<String, String> ofRole = new HashMap<>();
  private final Map<String, String> ofServer = new HashMap<>();
  private final Map<String, String> builtIn = new HashMap<>();
  private boolean failed;

  private InheritedQuestion(Consumer<InheritedSettings> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once. */
  static void ask(PooledBackend backend, Consumer<InheritedSettings> answered) {
    backend.owed().add(new InheritedQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    ByteBuf row = in.slice(bodyAt + 2, in.writerIndex() - bodyAt - 2);
    String name = text(row);
    String value = text(row);
    String withoutAny = text(row);
    if (name == null || value == null) {
      return;
    }
    if ("r".equals(text(row))) {
      ofRole.put(name, value);
      if (withoutAny != null) {
        builtIn.put(name, withoutAny);
      }
    } else {
      ofServer.put(name, value);
    }
  }

  private static @Nullable String text(ByteBuf row) {
    int bytes = row.readInt();
    return bytes < 0 || bytes > row.readableBytes()
        ? null
        : row.readString(bytes, StandardCharsets.UTF_8);
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    answered.accept(
        failed ? InheritedSettings.NONE : new InheritedSettings(ofRole, ofServer, builtIn));
  }
}
