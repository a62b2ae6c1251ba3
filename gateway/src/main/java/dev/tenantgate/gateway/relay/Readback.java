package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.SettingsReadback;
import dev.tenantgate.gateway.statements.GatewayNames;
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
  private final Effects effects;
  private final SettingsReadback question;
  private final Runnable serverChanged;
  private final boolean asksForState;
  private final boolean unproven;
  private boolean statementsLost;
  private boolean allStatementsLost;
  private Charset encoding = StandardCharsets.UTF_8;
  private final List<String> channels = new ArrayList<>(0);
  private @Nullable PinReason left;
  private boolean failed;

  /**
   * It was sent with the end of the transaction: what made it fail may have been meant for that.
   */
  private boolean early;

  /** The answer is compared with this; null as long as nobody wants it. */
  private SettingsReadback.@Nullable Expected expected;

  private @Nullable Listener listener;
  private Runnable whenUnused = () -> {};

  private final SessionSettings settings;
  private Set<String> passedOver = Set.of();

  /** Asks for what the effects tell so far. */
  Readback(PooledBackend backend, Effects effects, SessionSettings settings, Lender pool) {
    super(1);
    this.backend = backend;
    this.effects = effects;
    this.settings = settings;
    this.serverChanged = pool::lookAtDefaults;
    Set<String> names = effects.parameters().names();
    if (effects.parameters().areAll()) {
      names.addAll(settings.asMap().keySet());
      names.addAll(pool.server().parameters());
      effects.candidates().stream().filter(SettingsReadback::canAskFor).forEach(names::add);
      names.removeIf(name -> !SettingsReadback.UNLISTED.contains(name) && !name.contains("."));
      names.addAll(SettingsReadback.UNLISTED);
    }
    this.question = new SettingsReadback(names, effects.parameters().areAll());
    this.asksForState = effects.leavesState();
    this.unproven = effects.isUnproven();
  }

  /** The same question once more, whose answer is wanted already. */
  private Readback(Readback failed) {
    super(1);
    this.backend = failed.backend;
    this.effects = failed.effects;
    this.settings = failed.settings;
    this.passedOver = failed.passedOver;
    this.serverChanged = failed.serverChanged;
    this.question = failed.question.again();
    this.asksForState = failed.asksForState;
    this.unproven = failed.unproven;
    this.encoding = failed.encoding;
    this.expected = failed.expected;
    this.listener = failed.listener;
  }

  /** Whether it asks for all that the effects tell now. */
  boolean covers() {
    return (asksForState || !effects.leavesState())
        && (unproven || !effects.isUnproven())
        && question.covers(effects.parameters().areAll(), effects.parameters().names());
  }

  /**
   * Writes it in the same write as the end of the transaction.
   *
   * @param unused runs when the answer has come, and nobody has wanted it
   */
  void writeEarly(Runnable unused) {
    early = true;
    whenUnused = unused;
    write();
  }

  /** Writes it. */
  void write() {
    backend.unnamedIs(null, 0);
    backend.owed().add(this);
    backend.write(FrontendMessage.query(backend.channel().alloc(), sql()));
  }

  /** The transaction has ended: the answer, which is still to come, tells what it has left. */
  void take(Listener told) {
    listener = told;
    encoding = effects.texts().rules().encoding().charset();
    passedOver = Set.copyOf(effects.parameters().passedOver());
    expected =
        new SettingsReadback.Expected(
            backend.settings().current(),
            effects.startup(),
            backend.settings().template().defaults(),
            Set.copyOf(effects.parameters().assigned()),
            Set.copyOf(effects.parameters().reset()),
            effects.hasErrored());
    effects.clear();
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
  protected boolean isEarly() {
    return early;
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    if (expected == null) {
      return;
    }
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
    SettingsReadback.Expected against = expected;
    Listener told = listener;
    if (against == null || told == null) {
      whenUnused.run();
      return;
    }
    if (failed && early) {
      new Readback(this).write();
      backend.flush();
      return;
    }
    if (unproven) {
      backend.settings().mayHoldUnknown();
    }
    if (statementsLost) {
      backend.discarded().dropRest(allStatementsLost, () -> findDoubtful(against, told));
    } else {
      findDoubtful(against, told);
    }
  }

  private void findDoubtful(SettingsReadback.Expected against, Listener told) {
    Set<String> doubtful = failed ? Set.of() : question.doubtful(against);
    if (doubtful.isEmpty()) {
      finish(Set.of(), against, told);
    } else {
      new SourceQuestion(
              backend, doubtful, serverChanged, ofSession -> finish(ofSession, against, told))
          .send();
    }
  }

  private void finish(Set<String> ofSession, SettingsReadback.Expected against, Listener told) {
    SettingsReadback.Outcome outcome = question.outcome(against, ofSession);
    SessionSettings wanted = outcome.wanted();
    for (String name : passedOver) {
      wanted = wanted.with(name, settings.get(name));
    }
    told.readBack(
        outcome.backend(),
        wanted,
        failed || !question.isUnderstood(against.before()) ? PinReason.VALUE : left,
        asksForState,
        channels);
  }
}
