package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.routines.SetParameters;
import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the statements of a transaction may have done to the client's session. Which values came of
 * it is the backend's to say; here is noted which parameters it has to be asked for. Event-loop
 * confined.
 */
public final class Effects {

  private static final String SEARCH_PATH = SessionEffect.SEARCH_PATH;

  /** What a name takes besides its characters. */
  private static final int NAME_BYTES = 96;

  private SessionSettings startup;
  private final SessionUser user = new SessionUser();
  private final Set<String> touched = new HashSet<>(4);

  /** Those of them that the client's statements set, if they go well. */
  private final Set<String> assigned = new HashSet<>(4);

  /** Those that they put back to their defaults, likewise. */
  private final Set<String> reset = new HashSet<>(0);

  /** Those that the transaction has put back to their defaults for itself alone. */
  private final Set<String> localResets = new HashSet<>(0);

  /** Those of them that a RESET ALL has passed over: it leaves alone what has its default. */
  private final Set<String> passedOver = new HashSet<>(0);

  /** What the client began with, and a statement has put back to what the backend began with. */
  private final Set<String> lost = new HashSet<>(0);

  /** The values of the transaction's begin of those that the server says to have others now. */
  private final Map<String, String> reportedBefore = new HashMap<>(4);

  private boolean all;
  private boolean pathInDoubt;

  /** The path that was set last in this transaction; null if none was, or not by a literal. */
  private @Nullable String lastPath;

  /**
   * Whether what the analysis of a statement reads may be another than at the transaction's begin.
   */
  private boolean analysisInDoubt;

  /** Whether something may be left at the backend that isn't a parameter. */
  private boolean leavesState;

  /** Whether functions were made, or what calls them. */
  private boolean defines;

  private boolean changesNames;

  /** Whether the server has refused something since all was asked for last. */
  private boolean errored;

  /** Whether new sessions at the server may be other ones from now on. */
  private boolean altersServer;

  private LexicalRules rules = LexicalRules.DEFAULT;
  private boolean rulesInDoubt;
  private boolean unproven;
  private final Set<String> candidates = new HashSet<>(0);
  private final SessionMemory memory;

  /** What the names take of it. */
  private int bytes;

  /** For a client that began with these settings, and what it may keep. */
  public Effects(SessionSettings startup, SessionMemory memory) {
    this.startup = startup;
    this.memory = memory;
  }

  public SessionSettings startup() {
    return startup;
  }

  /** What the client began with is told otherwise: as backends that begin with other defaults. */
  public void beganWith(SessionSettings settings) {
    startup = settings;
  }

  /** How the client's texts are to be read. */
  public LexicalRules lexicalRules() {
    return rules;
  }

  /**
   * Takes them from settings that are in force.
   *
   * @param defaults of a fresh connection, which a role or a database may have of its own
   */
  public void lexicalRulesOf(SessionSettings settings, Map<String, String> defaults) {
    rulesInDoubt = false;
    String encoding = inForce("client_encoding", settings, defaults);
    take(encoding, !"off".equals(inForce("standard_conforming_strings", settings, defaults)));
  }

  private static @Nullable String inForce(
      String name, SessionSettings settings, Map<String, String> defaults) {
    String own = settings.get(name);
    return own == null ? defaults.get(name) : own;
  }

  /**
   * Whether they may be others by the time that the server reads the next text: a message that
   * changes them is on its way.
   */
  public boolean areRulesInDoubt() {
    return rulesInDoubt;
  }

  /** The server has answered all: what it has reported is in force. */
  public void rulesAreKnown() {
    rulesInDoubt = false;
  }

  private void take(@Nullable String encoding, boolean standard) {
    rules =
        encoding == null && standard
            ? LexicalRules.DEFAULT
            : new LexicalRules(
                encoding == null ? ClientEncoding.UTF_8 : ClientEncoding.of(encoding), standard);
  }

  /**
   * The server itself said that a parameter has another value. Once it says the value of the
   * transaction's begin again, as behind a {@code SET LOCAL}, there is nothing to be asked for.
   *
   * @param before the value that it said last; null if it never did
   */
  public void reported(String name, String value, @Nullable String before) {
    String lower = name.toLowerCase(Locale.ROOT);
    analysisInDoubt |= AnalysisSettings.reads(lower);
    pathInDoubt |= lower.equals(SEARCH_PATH);
    if (SettingsReadback.canBeSet(lower)) {
      String began = reportedBefore.getOrDefault(lower, before);
      if (began == null) {
        touch(lower);
      } else if (began.equals(value)) {
        reportedBefore.remove(lower);
      } else {
        reportedBefore.put(lower, began);
      }
    }
    reportedRules(name, value);
  }

  /** The same as far as it decides how the client's texts are to be read. */
  public void reportedRules(String name, String value) {
    if (name.equals("client_encoding")) {
      take(value, rules.standardConformingStrings());
    } else if (name.equals("standard_conforming_strings")) {
      rules = new LexicalRules(rules.encoding(), !value.equals("off"));
    }
  }

  /** Notes whether an effect may change how the client's next texts are to be read. */
  public void noteRules(SessionEffect effect) {
    rulesInDoubt |= mayChangeRules(effect);
  }

  /** The server has refused something: a parameter may not be as a statement says. */
  public void errored() {
    errored = true;
  }

  /** Whether it has, since all was asked for last. */
  public boolean hasErrored() {
    return errored;
  }

  /**
   * What ran can't be shown to leave the session as it is: it may have set parameters that nobody
   * can list, and ended statements.
   */
  public void unproven() {
    anything();
    user.isUnknown();
    leavesState = true;
    unproven = true;
  }

  /** Whether something of the kind ran. */
  public boolean isUnproven() {
    return unproven;
  }

  /** Names of parameters that may have been set, among others that are none. */
  public Set<String> candidates() {
    return candidates;
  }

  /** Whatever ran may have set anything. */
  public void anything() {
    all = true;
    pathInDoubt = true;
    analysisInDoubt = true;
  }

  /** Functions may have set these parameters. */
  public void hidden(Set<String> names) {
    touched.addAll(names);
    if (touched.contains("session_authorization")) {
      touched.add("role");
    }
    user.isUnknown();
    all |= touched.remove(SetParameters.ANY);
  }

  public boolean touchesSettings() {
    return touchesByStatements() || !reportedBefore.isEmpty();
  }

  /** The same without what the server has reported, which the transaction's end may put back. */
  public boolean touchesByStatements() {
    return all || leavesState || !touched.isEmpty();
  }

  /** Something that can't be carried may be left at the backend: it has to be asked. */
  public void mayLeaveState() {
    leavesState = true;
  }

  public boolean leavesState() {
    return leavesState;
  }

  /** A function is made or changed, or what calls one. */
  public void define() {
    defines = true;
    unproven(); // the same transaction may call it
  }

  /** Roles, databases or the server's own settings are changed. */
  public void alterServer() {
    altersServer = true;
  }

  /** Whether they may have been changed; said once. */
  public boolean takeAltersServer() {
    boolean alters = altersServer;
    altersServer = false;
    return alters;
  }

  public boolean defines() {
    return defines;
  }

  /** Something is defined by which a name may mean something else. */
  public void changeNames() {
    changesNames = true;
  }

  /** Whether something was since this was asked last. */
  public boolean takeChangesNames() {
    boolean taken = changesNames;
    changesNames = false;
    return taken;
  }

  /** Whether the path that statements run on may be another than at the transaction's begin. */
  public boolean isPathInDoubt() {
    return pathInDoubt;
  }

  /**
   * Whether what the analysis of a statement reads may be another than at the transaction's begin.
   */
  public boolean isAnalysisInDoubt() {
    return analysisInDoubt;
  }

  /**
   * The path that a statement most probably finds.
   *
   * @param before the session's at the transaction's begin
   */
  public @Nullable String path(@Nullable String before) {
    return lastPath == null ? before : lastPath;
  }

  /**
   * The role and the user by whose rights the server looks up names now; null where only the server
   * knows.
   *
   * @param before the settings when the transaction began
   */
  public @Nullable Whereabouts user(SessionSettings before) {
    return user.now(before);
  }

  /** The parameters that the backend has to be asked for, unless it is {@link #all}. */
  public Set<String> touched() {
    Set<String> names = new TreeSet<>(touched);
    names.addAll(reportedBefore.keySet());
    return names;
  }

  /** What the client's statements set, if they went well. */
  public Set<String> assigned() {
    return assigned;
  }

  public boolean all() {
    return all;
  }

  /** What the client's statements put back to its default, if they went well. */
  public Set<String> reset() {
    return reset;
  }

  /** What has to be set again for the rest of the transaction; it is asked once. */
  public SessionSettings takeLost() {
    SessionSettings again = SessionSettings.NONE;
    for (String name : lost) {
      again = again.with(name, startup.get(name));
    }
    lost.clear();
    return again;
  }

  /** What was lost has been put back already. */
  public void restored() {
    lost.clear();
  }

  public boolean hasLost() {
    return !lost.isEmpty();
  }

  /** All has been asked for, or there is nothing to ask for. */
  public void clear() {
    if (bytes > 0) {
      memory.give(bytes, 0);
      bytes = 0;
    }
    lost.clear();
    touched.clear();
    reportedBefore.clear();
    assigned.clear();
    reset.clear();
    localResets.clear();
    passedOver.clear();
    all = false;
    pathInDoubt = false;
    lastPath = null;
    analysisInDoubt = false;
    leavesState = false;
    defines = false;
    errored = false;
    unproven = false;
    candidates.clear();
    user.clear();
  }

  /**
   * Notes what an effect does to parameters.
   *
   * @param before the settings when the transaction began
   * @return what can't be carried to another backend; null if all can. Unless it {@link
   *     PinReason#isLasting lasts}, the server is asked for it at the transaction's end
   */
  public @Nullable PinReason note(SessionEffect effect, SessionSettings before) {
    noteRules(effect);
    user.note(effect, startup, before);
    String path = pathOf(effect);
    lastPath = path == null ? lastPath : path;
    return switch (effect.kind()) {
      case SET_PARAMETER -> set((SessionEffect.SetParameter) effect);
      case RESET_PARAMETER -> reset((SessionEffect.ResetParameter) effect);
      case SET_CONFIG -> setConfig((SessionEffect.SetConfig) effect);
      case RESET_ALL, DISCARD_ALL -> resetAll();
      case ROLLBACK -> {
        localResets.clear();
        assigned.clear();
        yield null;
      }
      case HIDDEN_CALL -> {
        touch(SEARCH_PATH);
        yield null;
      }
      case UNPROVEN -> unproven(null);
      case UNSEEN_STATE ->
          unproven(((SessionEffect.UnseenState) effect).traceable() ? null : PinReason.FUNCTION);
      case OPAQUE_BODY -> unproven(PinReason.BODY);
      case PREPARE_STATEMENT, EXECUTE_STATEMENT -> unproven(PinReason.PREPARE);
      case TEMPORARY_OBJECT -> unproven(PinReason.TEMPORARY); // a function there may do anything
      case PROCESS_STATE -> leaves(PinReason.PROCESS_STATE);
      case RANDOM_SEED -> leaves(PinReason.RANDOM_SEED);
      case HOLD_CURSOR -> leaves(PinReason.CURSOR);
      case SESSION_ADVISORY_LOCK -> leaves(PinReason.ADVISORY_LOCK);
      case LOAD_LIBRARY -> leaves(PinReason.LIBRARY);
      case LISTEN -> leaves(null);
      case BEGIN, COMMIT, PREPARE_TRANSACTION -> {
        localResets.clear();
        yield null;
      }
      case SAVEPOINT,
          RELEASE_SAVEPOINT,
          ROLLBACK_TO_SAVEPOINT,
          DEALLOCATE,
          DEALLOCATE_ALL,
          UNLISTEN,
          DISCARD_TEMPORARY,
          NAMES_SCHEMAS,
          SIGNAL_BACKEND,
          NOTIFY ->
          null;
    };
  }

  private @Nullable PinReason set(SessionEffect.SetParameter set) {
    analysisInDoubt |= AnalysisSettings.reads(set.name());
    pathInDoubt |= set.name().equals(SEARCH_PATH);
    if (set.name().equals(SEARCH_PATH) && namesTemporary(set.value())) {
      touch(SEARCH_PATH);
      leavesState = true; // what is created there meanwhile is temporary
      return PinReason.TEMPORARY;
    }
    localResets.remove(set.name());
    if (set.local()) {
      return null;
    }
    passedOver.remove(set.name());
    assign(set.name());
    return touchOrExplain(set.name());
  }

  private @Nullable PinReason reset(SessionEffect.ResetParameter put) {
    analysisInDoubt |= AnalysisSettings.reads(put.name());
    pathInDoubt |= put.name().equals(SEARCH_PATH);
    lastPath = put.name().equals(SEARCH_PATH) ? startup.get(SEARCH_PATH) : lastPath;
    noteDefault(put);
    assigned.remove(put.name());
    note(reset, put.name());
    if (startup.get(put.name()) != null) {
      // The value that the client began with is in force again; the backend doesn't know it.
      all = true;
      if (!put.local()) {
        lost.add(put.name());
      }
    }
    return touchOrExplain(put.name());
  }

  private void noteDefault(SessionEffect.ResetParameter put) {
    if (!put.local()) {
      localResets.remove(put.name());
      passedOver.remove(put.name());
    } else if (!assigned.contains(put.name())) {
      localResets.add(put.name());
    }
  }

  /** A message goes out that isn't known to be part of the transaction of those before it. */
  public void beginsApart() {
    localResets.clear();
  }

  /** Parameters that a RESET ALL has left as they were before the transaction. */
  public Set<String> passedOver() {
    return passedOver;
  }

  private @Nullable PinReason resetAll() {
    passedOver.addAll(localResets);
    assigned.clear();
    anything();
    lost.addAll(startup.asMap().keySet());
    lost.removeAll(SettingsReadback.UNLISTED); // RESET ALL leaves them
    return null;
  }

  private @Nullable PinReason unproven(@Nullable PinReason reason) {
    unproven();
    return reason;
  }

  private @Nullable PinReason leaves(@Nullable PinReason reason) {
    leavesState = true;
    return reason;
  }

  private static boolean mayChangeRules(SessionEffect effect) {
    return switch (effect.kind().parameters()) {
      case NAMED -> isRule(((SessionEffect.Named) effect).name());
      case COMPUTED -> {
        SessionEffect.SetConfig call = (SessionEffect.SetConfig) effect;
        yield call.maySet("standard_conforming_strings") || call.maySet("client_encoding");
      }
      case ALL, PUT_BACK, ANY -> true;
      case NONE, LATER -> false;
    };
  }

  private static boolean isRule(String parameter) {
    return parameter.equals("standard_conforming_strings") || parameter.equals("client_encoding");
  }

  private void note(Set<String> names, String name) {
    if (names.add(name)) {
      int more = NAME_BYTES + name.length();
      bytes += more;
      memory.keep(more, 0);
    }
  }

  private void assign(String name) {
    note(assigned, name);
    reset.remove(name);
  }

  private @Nullable PinReason setConfig(SessionEffect.SetConfig call) {
    pathInDoubt |= call.maySet(SEARCH_PATH);
    if (call.maySet(SEARCH_PATH) && namesTemporary(call.value())) {
      touch(SEARCH_PATH);
      leavesState = true;
      return PinReason.TEMPORARY;
    }
    if (call.name() instanceof Operand.Literal name) {
      if ("false".equals(textOf(call.local()))) {
        assign(name.text().toLowerCase(Locale.ROOT));
      }
      analysisInDoubt |= AnalysisSettings.reads(name.text().toLowerCase(Locale.ROOT));
      return touchOrExplain(name.text().toLowerCase(Locale.ROOT));
    }
    if (call.name() instanceof Operand.Null) {
      return null;
    }
    anything();
    if (isTrue(call.local())) {
      return null;
    }
    unproven();
    return PinReason.UNKNOWN_PARAMETER;
  }

  private static boolean isTrue(Operand local) {
    String text = textOf(local);
    return "true".equals(text) || "t".equals(text);
  }

  private @Nullable PinReason touchOrExplain(String name) {
    if (!SettingsReadback.canAskFor(name)) {
      return PinReason.PARAMETER;
    }
    touch(name);
    if (name.equals("session_authorization")) {
      touch("role"); // whoever becomes another user takes it off
    }
    return name.equals("seed") ? PinReason.RANDOM_SEED : null;
  }

  private void touch(String name) {
    note(touched, name);
    pathInDoubt |= name.equals(SEARCH_PATH);
  }

  /** Whether what is created in such a path may be temporary. */
  private static boolean namesTemporary(Operand path) {
    String text = textOf(path);
    return text != null && namesTemporary(text);
  }

  /** Whether what is created in such a path may be temporary. */
  public static boolean namesTemporary(String path) {
    return path.toLowerCase(Locale.ROOT).contains("pg_temp");
  }

  /** The path that an effect leads to, if that is known; null otherwise. */
  public static @Nullable String pathOf(SessionEffect effect) {
    if (effect instanceof SessionEffect.SetParameter set && set.name().equals(SEARCH_PATH)) {
      return textOf(set.value());
    }
    return effect instanceof SessionEffect.SetConfig call
            && SEARCH_PATH.equalsIgnoreCase(textOf(call.name()))
        ? textOf(call.value())
        : null;
  }

  /** Whether an effect may lead to a path that only the server knows. */
  public static boolean leadsUnforeseen(SessionEffect effect) {
    return switch (effect.kind().path()) {
      case BY_VALUE ->
          effect instanceof SessionEffect.SetConfig call
              ? leadsUnforeseen(call)
              : effect instanceof SessionEffect.SetParameter set
                  && set.name().equals(SEARCH_PATH)
                  && textOf(set.value()) == null;
      case UNFORESEEN -> true;
      case STAYS, BACK -> false;
    };
  }

  private static boolean leadsUnforeseen(SessionEffect.SetConfig call) {
    return call.maySet(SEARCH_PATH)
        && !(call.name() instanceof Operand.Null)
        && (textOf(call.name()) == null || textOf(call.value()) == null);
  }

  /** What is known of a value beforehand. */
  public static @Nullable String textOf(Operand operand) {
    return operand instanceof Operand.Literal literal ? literal.text() : null;
  }
}
