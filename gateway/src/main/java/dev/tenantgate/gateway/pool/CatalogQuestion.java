package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend whether anybody has defined something in the database, by how often rows were
 * written to the catalogs in which names are looked up: relations, types, functions, operators,
 * casts, schemas. The server counts them (`track_counts`), and tells of them within ten seconds or
 * so. Costs a few looks into shared memory. Event-loop confined.
 */
final class CatalogQuestion extends Reply.Exchange {

  private static final String SQL =
      """
      SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.id) \
      OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_tuples_updated(c.id))::pg_catalog.text \
      FROM (VALUES ('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_cast'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_event_trigger'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_index'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_inherits'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_amop'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_amproc'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_conversion'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_foreign_server'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid)) c(id)\
      """;

  private final Consumer<@Nullable String> answered;
  private @Nullable String count;

  private CatalogQuestion(Consumer<@Nullable String> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once, null if the server has none. */
  static void ask(PooledBackend backend, Consumer<@Nullable String> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new CatalogQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    int bytes = in.getInt(bodyAt + 2);
    count = bytes < 0 ? null : in.toString(bodyAt + 6, bytes, StandardCharsets.US_ASCII);
  }

  @Override
  protected void error(Report report) {
    count = null;
  }

  @Override
  protected void done() {
    answered.accept(count);
  }
}
