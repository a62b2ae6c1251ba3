package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a client that has a backend of its own. Only those are followed that decide where
 * its statements run: the path, the role and the session's user. Where its texts and the server's
 * reports show them, nobody has to be asked; behind an error, a rollback or a value that only the
 * server knows, the server is. Event-loop confined.
 */
final class FollowedSettings extends ClientSettings {

  private static final String SEARCH_PATH = SessionEffect.SEARCH_PATH;
  private static final String ROLE = "role";
  private static final String AUTHORIZATION = "session_authorization";
  private static final Report UNREADABLE =
      Report.fatal(SqlState.INTERNAL_ERROR, "the session's search_path could not be read");

  private static final Whereabouts BEGAN = new Whereabouts(null, null, null);

  private final Consumer<Report> end;
  private final boolean reportsPath;
  private final RestorableState restorable;

  /** Where the session is once all that was sent has succeeded; SET LOCAL left out. */
  private Whereabouts expected = BEGAN;

  /** Statements were sent that change it. */
  private boolean touched;

  /** One of them has been put back to its default for a transaction alone. */
  private boolean localReset;

  /** Only the server knows what came of them. */
  private boolean doubtful;

  /** The path that the server reported since the last time; null if it reported none. */
  private @Nullable String reportedPath;

  /**
   * Of a session that begins.
   *
   * @param reported by the server, by name
   * @param end ends the session, once what is being done now is done
   */
  FollowedSettings(
      TenantGate gate, Map<String, String> reported, SessionMemory memory, Consumer<Report> end) {
    super(gate, new Effects(SessionSettings.NONE, memory));
    this.end = end;
    this.restorable = new RestorableState(memory);
    this.reportsPath = reported.containsKey(SEARCH_PATH);
    effects.texts().take(SessionSettings.NONE, reported);
  }

  @Override
  boolean reportsSearchPath() {
    return reportsPath;
  }

  @Override
  RestorableState restorable() {
    return restorable;
  }

  // ---- what happens

  @Override
  @Nullable PinReason note(SessionEffect effect) {
    effects.texts().note(effect);
    restorable.note(effect);
    switch (effect.kind().parameters()) {
      case SETS -> noteSet((SessionEffect.SetParameter) effect);
      case RESETS -> noteReset((SessionEffect.ResetParameter) effect);
      case COMPUTED -> {
        SessionEffect.SetConfig call = (SessionEffect.SetConfig) effect;
        if (call.maySet(SEARCH_PATH) || call.maySet(ROLE) || call.maySet(AUTHORIZATION)) {
          change(effect, false);
        }
      }
      // It passes over a parameter that has its default, be it for the transaction alone.
      case ALL_BUT_USER, ALL -> change(effect, !localReset);
      case PUT_BACK ->
          doubtful |= touched && effect.kind().transaction() != EffectKind.Transaction.COMMITS;
      case ANY -> change(effect, false);
      case NONE, LATER -> {}
    }
    return null;
  }

  private void noteSet(SessionEffect.SetParameter set) {
    if (decides(set.name()) && !set.local()) {
      change(set, set.value() instanceof Operand.Literal);
    }
  }

  private void noteReset(SessionEffect.ResetParameter put) {
    if (decides(put.name())) {
      if (put.local()) {
        localReset = true;
      } else {
        change(put, true);
      }
    }
  }

  private static boolean decides(String parameter) {
    return parameter.equals(SEARCH_PATH)
        || parameter.equals(ROLE)
        || parameter.equals(AUTHORIZATION);
  }

  private void change(SessionEffect effect, boolean known) {
    touched = true;
    doubtful |= !known;
    Whereabouts next = known ? expected.behind(effect, SessionSettings.NONE) : null;
    expected = next == null ? expected : next;
  }

  @Override
  void suspect() {
    touched = true;
    doubtful = true;
  }

  @Override
  void reported(String name, String value, @Nullable String before) {
    effects.texts().reported(name, value);
    if (name.equals(SEARCH_PATH)) {
      reportedPath = value;
    }
  }

  @Override
  void errored() {
    doubtful |= touched;
    restorable.errored();
  }

  // ---- between transactions

  @Override
  boolean mayHaveChanged(PooledBackend backend) {
    restorable.transactionEnded();
    if (!touched && reportedPath == null) {
      return false;
    }
    boolean ask = doubtful && !(reportsPath && isOfDefaultUser());
    if (!ask) {
      Whereabouts known =
          reportedPath == null
              ? expected
              : new Whereabouts(reportedPath, expected.role(), expected.authorization());
      become(known);
    }
    return ask;
  }

  /** Whether the session is the user that it began as, and no statement was to change that. */
  private boolean isOfDefaultUser() {
    return expected.role() == null
        && expected.authorization() == null
        && settings.get(ROLE) == null
        && settings.get(AUTHORIZATION) == null;
  }

  @Override
  void readBack(PooledBackend backend, @Nullable Readback asked, Readback.Listener listener) {
    new ShowQuestion(
            backend,
            List.of(SEARCH_PATH, ROLE, AUTHORIZATION),
            effects.texts().rules().encoding().charset(),
            values -> {
              if (values == null) {
                end.accept(UNREADABLE);
              } else {
                SessionSettings found = settingsOf(values);
                listener.readBack(found, found, null, false, List.of());
              }
            })
        .send();
  }

  private SessionSettings settingsOf(List<String> values) {
    String role = values.get(1);
    String authorization = values.get(2);
    return SessionSettings.NONE
        .with(SEARCH_PATH, values.get(0))
        .with(
            ROLE,
            settings.get(ROLE) == null && expected.role() == null && role.equals("none")
                ? null
                : role)
        .with(
            AUTHORIZATION,
            settings.get(AUTHORIZATION) == null && expected.authorization() == null
                ? null
                : authorization);
  }

  private void become(Whereabouts known) {
    SessionSettings now =
        SessionSettings.NONE
            .with(SEARCH_PATH, known.path())
            .with(ROLE, known.role())
            .with(AUTHORIZATION, known.authorization());
    become(now, now, false);
  }

  @Override
  void become(SessionSettings backendHas, SessionSettings wanted, boolean told) {
    Whereabouts before = Whereabouts.of(settings);
    settings = wanted;
    expected = Whereabouts.of(wanted);
    touched = false;
    doubtful = false;
    localReset = false;
    reportedPath = null;
    if (!Objects.equals(before.path(), expected.path())
        || !Objects.equals(before.user(), expected.user())) {
      gate.moveTo(expected.path(), expected.user());
    }
  }

  /**
   * The first backend began with all of them; another, that takes its place, is brought to them.
   */
  @Override
  boolean bring(PooledBackend backend, SettingsChange.Listener listener) {
    SessionSettings wanted = restorable.parameters();
    for (String name : List.of(SEARCH_PATH, ROLE, AUTHORIZATION)) {
      wanted = wanted.with(name, settings.get(name));
    }
    return backend.settings().bringTo(wanted, listener);
  }
}
