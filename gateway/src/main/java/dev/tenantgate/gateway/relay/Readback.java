package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.pool.PinReason;
import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.pool.Reply;
import dev.tenantgate.gateway.prepared.GatewayNames;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.state.SessionSettings;
import dev.tenantgate.gateway.state.SettingsReadback;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks a backend what a transaction has done to the session's parameters. Event-loop confined. */
final class Readback extends Reply.Exchange {

  /** Told what came of it. */
  @FunctionalInterface
  interface Listener {

    /**
     * The backend has answered.
     *
     * @param left what else there is that can't be carried, or a value that can't be read; null if
     *     nothing is, or nobody asked
     * @param asked whether that was asked for
     * @param channels what the backend listens on, if that was asked for
     */
    void readBack(
        SessionSettings backendHas,
        SessionSettings wanted,
        @Nullable PinReason left,
        boolean asked,
        List<String> channels);
  }

  /**
   * A row with an empty name if a session holds what can't be carried, and the {@link PinReason};
   * and one for each channel that it listens on, behind an equals sign. The temporary schema stays
   * once there was one; what is in it depends on it. Statements that clients have named are those
   * of long texts. Locks come last, for that view is dear.
   */
  private static final String STATE =
      """
      SELECT '', s.pin FROM (SELECT CASE \
      WHEN EXISTS (SELECT FROM pg_catalog.pg_depend d \
      WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass \
      AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema() \
      AND pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid) THEN 'TEMPORARY' \
      WHEN EXISTS (SELECT FROM pg_catalog.pg_cursors c WHERE c.is_holdable) THEN 'CURSOR' \
      WHEN EXISTS (SELECT FROM pg_catalog.pg_prepared_statements p WHERE p.from_sql) \
      THEN 'PREPARE' \
      WHEN EXISTS (SELECT FROM pg_catalog.pg_prepared_statements p \
      WHERE pg_catalog.strpos(p.name, '%s') OPERATOR(pg_catalog.<>) 1) THEN 'TEXT' \
      WHEN EXISTS (SELECT FROM pg_catalog.pg_locks l \
      WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' \
      AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()) THEN 'ADVISORY_LOCK' \
      END) s(pin) WHERE s.pin IS NOT NULL UNION ALL \
      SELECT '', '=' OPERATOR(pg_catalog.||) l.channel \
      FROM pg_catalog.pg_listening_channels() l(channel)\
      """
          .formatted(GatewayNames.prefix());

  /** How many of the gateway's own statements there are, behind a hash sign. */
  private static final String STATEMENTS =
      """
       UNION ALL SELECT '', '#' OPERATOR(pg_catalog.||) pg_catalog.count(*)::pg_catalog.text \
      FROM pg_catalog.pg_prepared_statements p WHERE NOT p.from_sql \
      AND pg_catalog.starts_with(p.name, '%s')\
      """
          .formatted(GatewayNames.prefix());

  private final PooledBackend backend;
  private final SettingsReadback question;
  private final SettingsReadback.Expected expected;
  private final Runnable serverChanged;
  private final Listener listener;
  private final boolean asksForState;
  private final boolean unproven;
  private boolean statementsLost;
  private boolean allStatementsLost;
  private final Charset encoding;
  private final List<String> channels = new ArrayList<>(0);
  private @Nullable PinReason left;
  private boolean failed;

  /** Takes what is to be asked for out of the effects. */
  Readback(
      PooledBackend backend,
      Effects effects,
      SessionSettings settings,
      Lender pool,
      Listener listener) {
    super(1);
    this.backend = backend;
    this.serverChanged = pool::lookAtDefaults;
    this.listener = listener;
    this.expected =
        new SettingsReadback.Expected(
            backend.settings(),
            effects.startup(),
            backend.template().defaults(),
            Set.copyOf(effects.assigned()),
            Set.copyOf(effects.reset()),
            effects.hasErrored());
    Set<String> names = effects.touched();
    if (effects.all()) {
      names.addAll(settings.asMap().keySet());
      names.addAll(pool.server().parameters());
      effects.candidates().stream().filter(SettingsReadback::canAskFor).forEach(names::add);
      names.removeIf(name -> !SettingsReadback.UNLISTED.contains(name) && !name.contains("."));
      names.addAll(SettingsReadback.UNLISTED);
    }
    this.question = new SettingsReadback(names, effects.all());
    this.asksForState = effects.leavesState();
    this.unproven = effects.isUnproven();
    this.encoding = effects.lexicalRules().encoding().charset();
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
    String state = unproven ? STATE + STATEMENTS : STATE;
    return settings.isEmpty() ? state : settings + " UNION ALL " + state;
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    if (in.getInt(bodyAt + 2) == 0) { // no parameter has an empty name
      int bytes = in.getInt(bodyAt + 6);
      if (in.getByte(bodyAt + 10) == '=') {
        channels.add(in.toString(bodyAt + 11, bytes - 1, encoding));
      } else if (in.getByte(bodyAt + 10) == '#') {
        String count = in.toString(bodyAt + 11, bytes - 1, StandardCharsets.US_ASCII);
        statementsLost = Long.parseLong(count) < backend.statements().confirmed();
        allStatementsLost = statementsLost && count.equals("0");
      } else {
        left = PinReason.valueOf(in.toString(bodyAt + 10, bytes, StandardCharsets.US_ASCII));
      }
    } else {
      question.row(in, bodyAt);
    }
  }

  /** Only the name of such a parameter is read. */
  @Override
  protected void longRow(ByteBuf in, int bodyAt) {
    question.longRow(in, bodyAt);
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    if (unproven) {
      backend.mayHoldUnknown();
    }
    if (statementsLost) {
      backend.dropStatements(allStatementsLost, this::findDoubtful);
    } else {
      findDoubtful();
    }
  }

  private void findDoubtful() {
    Set<String> doubtful = failed ? Set.of() : question.doubtful(expected);
    if (doubtful.isEmpty()) {
      finish(Set.of());
    } else {
      new SourceQuestion(backend, doubtful, serverChanged, this::finish).send();
    }
  }

  private void finish(Set<String> ofSession) {
    SettingsReadback.Outcome outcome = question.outcome(expected, ofSession);
    listener.readBack(
        outcome.backend(),
        outcome.wanted(),
        failed || !question.isUnderstood(expected.before()) ? PinReason.VALUE : left,
        asksForState,
        channels);
  }
}
