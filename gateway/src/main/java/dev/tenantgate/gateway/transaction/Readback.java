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
     * @param understood whether all values could be read
     */
    void readBack(SessionSettings backendHas, SessionSettings wanted, boolean understood);
  }

  private final PooledBackend backend;
  private final SettingsReadback question;
  private final SessionSettings startup;
  private final Map<String, String> defaults;
  private final Listener listener;
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
    effects.clear();
  }

  void send() {
    backend.unnamedIs(null, 0);
    backend.owed().add(this);
    backend.write(FrontendMessage.query(backend.channel().alloc(), question.sql()));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    question.row(in, bodyAt);
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
        outcome.backend(), outcome.wanted(), !failed && question.isUnderstood(before));
  }
}
