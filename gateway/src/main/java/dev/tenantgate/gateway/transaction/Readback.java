package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.pool.BackendPool;
import dev.tenantgate.gateway.pool.PoolTemplate;
import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.state.SessionSettings;
import dev.tenantgate.gateway.state.SettingsReadback;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Asks a backend what a transaction has done to the session's parameters. Event-loop confined. */
final class Readback extends Reply.Exchange {

  /** Told what came of it. */
  @FunctionalInterface
  interface Listener {

    /**
     * The backend has answered.
     *
     * @param all whether all values could be read, and there is nothing else that can't be carried
     */
    void readBack(SessionSettings backendHas, SessionSettings wanted, boolean all);
  }

  /**
   * A row with an empty name if a session holds what can't be carried. The temporary schema stays
   * once there was one; what is in it depends on it. Locks come last, for that view is dear.
   */
  private static final String STATE =
      """
      SELECT '', '' WHERE EXISTS (SELECT FROM pg_catalog.pg_depend d \
      WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass \
      AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() \
      AND pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid) \
      OR EXISTS (SELECT FROM pg_catalog.pg_listening_channels()) \
      OR EXISTS (SELECT FROM pg_catalog.pg_cursors c WHERE c.is_holdable) \
      OR EXISTS (SELECT FROM pg_catalog.pg_prepared_statements p WHERE p.from_sql) \
      OR EXISTS (SELECT FROM pg_catalog.pg_locks l \
      WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' \
      AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())""";

  private final PooledBackend backend;
  private final SettingsReadback question;
  private final SessionSettings startup;
  private final Map<String, String> defaults;
  private final Listener listener;
  private final boolean asksForState;
  private boolean statesLeft;
  private boolean failed;

  /** Takes what is to be asked for out of the effects. */
  Readback(
      PooledBackend backend,
      Effects effects,
      SessionSettings settings,
      BackendPool pool,
      Listener listener) {
    super(1);
    this.backend = backend;
    this.startup = effects.startup();
    this.listener = listener;
    PoolTemplate template = pool.template();
    this.defaults = template == null ? Map.of() : template.defaults();
    Set<String> names = new TreeSet<>(effects.touched());
    if (effects.all()) {
      names.addAll(settings.asMap().keySet());
      names.removeIf(name -> !SettingsReadback.UNLISTED.contains(name) && !name.contains("."));
      names.addAll(SettingsReadback.UNLISTED);
    }
    this.question = new SettingsReadback(names, effects.all());
    this.asksForState = effects.leavesState();
    effects.clear();
  }

  void send() {
    backend.unnamedIs(null, 0);
    backend.owed().add(this);
    backend.write(FrontendMessage.query(backend.channel().alloc(), sql()));
    backend.flush();
  }

  private String sql() {
    String settings = question.sql();
    if (!asksForState) {
      return settings;
    }
    return settings.isEmpty() ? STATE : settings + " UNION ALL " + STATE;
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    if (in.getInt(bodyAt + 2) == 0) {
      statesLeft = true; // no parameter has an empty name
    } else {
      question.row(in, bodyAt);
    }
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    SessionSettings before = backend.settings();
    SettingsReadback.Outcome outcome = question.outcome(before, startup, defaults);
    listener.readBack(
        outcome.backend(),
        outcome.wanted(),
        !failed && !statesLeft && question.isUnderstood(before));
  }
}
