package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.channel.Channel;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client's settings, carried from backend to backend. Each backend is brought to them before a
 * transaction, and asked afterwards for those that the transaction may have changed. Event-loop
 * confined.
 */
final class CarriedSettings extends ClientSettings {

  private static final SessionEffect HIDDEN = SessionEffect.of(EffectKind.HIDDEN_CALL);

  private static final String SEARCH_PATH = "search_path";

  private final Channel frontend;
  private final Lender pool;
  private final SessionMemory memory;

  /** The fresh connection that the settings differ from. */
  private ServerProfile base;

  /** The path that a fresh connection had when the client came. */
  private final String beganPath;

  /** Of a client that began its session with these, and was told that a fresh one is like that. */
  CarriedSettings(
      Channel frontend, Lender pool, TenantGate gate, ServerProfile base, SessionSettings startup) {
    super(gate, new Effects(startup, SessionMemory.of(frontend)));
    this.frontend = frontend;
    this.pool = pool;
    this.base = base;
    this.beganPath = base.searchPath();
    this.memory = SessionMemory.of(frontend);
    memory.keep(startup.bytes(), 0);
    effects.texts().take(startup, base.defaults());
  }

  @Override
  boolean reportsSearchPath() {
    return base.reportsSearchPath();
  }

  @Override
  @Nullable PinReason note(SessionEffect effect) {
    return effects.note(effect, settings);
  }

  /** Where nothing is known of routines, the pool has all else asked for by itself. */
  @Override
  void suspect() {
    var unused = effects.note(HIDDEN, settings);
  }

  @Override
  void reported(String name, String value, @Nullable String before) {
    effects.reported(name, value, before);
  }

  @Override
  void errored() {
    effects.errored();
  }

  /** The client is told in front of it as well of the parameters that are put back for it. */
  @Override
  boolean delayReady() {
    return effects.leavesState() || effects.parameters().hasLost();
  }

  @Override
  boolean bring(PooledBackend backend, SettingsChange.Listener listener) {
    if (backend.settings().template() != base) {
      moveTo(backend.settings().template());
    }
    boolean certain = backend.settings().bringTo(settings, listener);
    settings =
        backend.settings().current(); // equal, and so the same: the next comparison is quicker
    return certain;
  }

  /**
   * The backend began with other defaults than the client: it keeps those of its role and its
   * database, follows the server in all others, and is told of these.
   */
  private void moveTo(ServerProfile template) {
    SessionSettings rebased = template.rebase(settings, base);
    memory.keep((long) rebased.bytes() - settings.bytes(), 0);
    settings = rebased;
    effects.beganWith(template.rebase(effects.startup(), base));
    template
        .parameters()
        .forEach(
            (name, value) -> {
              if (settings.get(name.toLowerCase(Locale.ROOT)) == null
                  && !value.equals(base.parameters().get(name))) {
                tell(name, value);
              }
            });
    String path = pathOf(settings);
    effects.texts().take(settings, template.defaults());
    base = template;
    if (!Objects.equals(path, pathOf(settings))) {
      gate.moveTo(pathOf(settings), userOf(settings));
    }
  }

  /** The path that is in force; null for the one that the client began with. */
  private @Nullable String pathOf(SessionSettings of) {
    String own = of.get(SEARCH_PATH);
    return own != null || base.searchPath().equals(beganPath) ? own : base.searchPath();
  }

  private void tell(String name, String value) {
    frontend.write(
        BackendMessage.parameterStatus(frontend.alloc(), name, value), frontend.voidPromise());
  }

  @Override
  boolean areTemporary() {
    String path = settings.get(SEARCH_PATH);
    return Effects.namesTemporary(path);
  }

  /** Whether the transaction that has ended may have changed them, or left something else. */
  @Override
  boolean mayHaveChanged(PooledBackend backend) {
    noteUnseen();
    return effects.touchesSettings();
  }

  /** The same of one whose end has gone out, as far as its statements tell. */
  private boolean mayChange() {
    noteUnseen();
    return effects.touchesByStatements() && !effects.parameters().hasLost();
  }

  @Override
  boolean isAnyReadBack() {
    PoolSettings.ReadBack when = pool.rules().readBack();
    return when == PoolSettings.ReadBack.ALWAYS
        || (when == PoolSettings.ReadBack.AUTO && pool.server().isOutdated());
  }

  private void noteUnseen() {
    if (pool.rules().readBack() == PoolSettings.ReadBack.NEVER
        && !pool.server().hidden().isEmpty()) {
      effects.hidden(pool.server().hidden());
    }
    if (isAnyReadBack()) {
      effects.unproven();
    }
  }

  @Override
  @Nullable Readback askEarly(PooledBackend backend, Runnable unused) {
    if (!mayChange()) {
      return null;
    }
    Readback question = new Readback(backend, effects, settings, pool);
    question.writeEarly(unused);
    return question;
  }

  @Override
  void readBack(PooledBackend backend, @Nullable Readback asked, Readback.Listener listener) {
    if (effects.defines()) {
      pool.server().lookAnew();
    }
    if (asked != null && asked.covers()) {
      asked.take(listener);
      return;
    }
    Readback question = new Readback(backend, effects, settings, pool);
    question.write();
    question.take(listener);
    backend.flush();
  }

  @Override
  void leave() {
    if (effects.defines()) {
      pool.server().lookAnew();
    }
  }

  @Override
  void become(SessionSettings backendHas, SessionSettings wanted, boolean told) {
    String path = pathOf(wanted);
    String user = userOf(wanted);
    if (!Objects.equals(path, pathOf(settings)) || !Objects.equals(user, userOf(settings))) {
      gate.moveTo(path, user);
    }
    memory.keep((long) wanted.bytes() - settings.bytes(), 0);
    settings = wanted;
    effects.texts().take(wanted, base.defaults());
    if (told) {
      tellRestored(backendHas);
    }
  }

  /** The user that {@code $user} stands for; null for the one that the session began as. */
  private static @Nullable String userOf(SessionSettings settings) {
    String role = settings.get("role");
    String authorization = settings.get("session_authorization");
    return role == null || (role.equals("none") && authorization != null) ? authorization : role;
  }

  /** The server has reported its own defaults where the client is back at its own. */
  private void tellRestored(SessionSettings backendHas) {
    if (backendHas.equals(settings)) {
      return;
    }
    for (String name : base.parameters().keySet()) {
      String lower = name.toLowerCase(Locale.ROOT);
      String value = settings.get(lower);
      if (value != null && !value.equals(backendHas.get(lower))) {
        tell(name, value);
      }
    }
    frontend.flush();
  }
}
