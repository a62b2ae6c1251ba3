package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The effects that a transaction's statements may have on the client's session: the parameters that
 * the backend has to be asked for, and whether other state may be left there. Event-loop confined.
 */
public final class Effects {

  private static final String SEARCH_PATH = SessionEffect.SEARCH_PATH;

  private SessionSettings startup;
  private final SessionUser user = new SessionUser();
  private final TextRules texts = new TextRules();
  private final TouchedParameters parameters;
  private final Set<String> candidates = new NameSet();
  private long batch;
  private boolean pathInDoubt;

  /** The path that was set last in this transaction; null if none was, or not by a literal. */
  private @Nullable String lastPath;

  private boolean analysisInDoubt;
  private boolean leavesState;
  private boolean defines;
  private boolean changesNames;
  private boolean errored;
  private boolean altersServer;
  private boolean unproven;

  /** For a client that began with these settings, and what it may keep. */
  public Effects(SessionSettings startup, SessionMemory memory) {
    this.startup = startup;
    this.parameters = new TouchedParameters(memory);
  }

  /** The settings that the client began with. */
  public SessionSettings startup() {
    return startup;
  }

  /** The client's begin is told otherwise: as backends that begin with other defaults have it. */
  public void beganWith(SessionSettings settings) {
    startup = settings;
  }

  /** How the client's texts are to be read. */
  public TextRules texts() {
    return texts;
  }

  /** The parameters that may be others than at the transaction's begin. */
  public TouchedParameters parameters() {
    return parameters;
  }

  // ---- statements

  /**
   * Notes what an effect does to the session.
   *
   * @param before the settings when the transaction began
   * @return what can't be carried to another backend; null if all can. Unless it {@link
   *     PinReason#isLasting lasts}, the server is asked for it at the transaction's end
   */
  public @Nullable PinReason note(SessionEffect effect, SessionSettings before) {
    texts.note(effect);
    user.note(effect, startup, before, batch);
    String path = Whereabouts.pathOf(effect);
    lastPath = path == null ? lastPath : path;
    return switch (effect.kind().left()) {
      case NOTHING, SETTING -> noteParameters(effect);
      case ANYTHING -> unproven(reasonOf(effect));
      case STATEMENT -> unproven(PinReason.PREPARE);
      case TEMPORARY -> unproven(PinReason.TEMPORARY); // a function there may do anything
      case CHANNEL -> leaves(null);
      case CURSOR -> leaves(PinReason.CURSOR);
      case LOCK -> leaves(PinReason.ADVISORY_LOCK);
      case SEED -> leaves(PinReason.RANDOM_SEED);
      case PROCESS_STATE -> leaves(PinReason.PROCESS_STATE);
      case LIBRARY -> leaves(PinReason.LIBRARY);
    };
  }

  private @Nullable PinReason noteParameters(SessionEffect effect) {
    return switch (effect.kind().parameters()) {
      case SETS -> set((SessionEffect.SetParameter) effect);
      case RESETS -> reset((SessionEffect.ResetParameter) effect);
      case COMPUTED -> setConfig((SessionEffect.SetConfig) effect);
      case ALL_BUT_USER, ALL -> {
        parameters.putBackAll(startup);
        anything();
        yield null;
      }
      case ANY -> {
        touch(SEARCH_PATH);
        yield null;
      }
      case NONE, PUT_BACK, LATER -> {
        noteTransaction(effect.kind().transaction());
        yield null;
      }
    };
  }

  private void noteTransaction(EffectKind.Transaction effect) {
    switch (effect) {
      case ROLLS_BACK -> parameters.rolledBack();
      case BEGINS, COMMITS, LEAVES -> parameters.transactionChanges();
      case APART, DIVIDES, ROLLS_PART_BACK -> {}
    }
  }

  private static @Nullable PinReason reasonOf(SessionEffect effect) {
    return switch (effect.kind()) {
      case UNSEEN_STATE ->
          ((SessionEffect.UnseenState) effect).traceable() ? null : PinReason.FUNCTION;
      case OPAQUE_BODY -> PinReason.BODY;
      default -> null;
    };
  }

  private @Nullable PinReason unproven(@Nullable PinReason reason) {
    unproven();
    return reason;
  }

  private @Nullable PinReason leaves(@Nullable PinReason reason) {
    leavesState = true;
    return reason;
  }

  private @Nullable PinReason set(SessionEffect.SetParameter set) {
    noteName(set.name());
    if (set.name().equals(SEARCH_PATH) && namesTemporary(set.value().known())) {
      return setTemporaryPath();
    }
    parameters.set(set.name(), set.local());
    return set.local() ? null : touchOrExplain(set.name());
  }

  /** The path leads to temporary objects: all that is created there is temporary. */
  private PinReason setTemporaryPath() {
    touch(SEARCH_PATH);
    leavesState = true;
    return PinReason.TEMPORARY;
  }

  private @Nullable PinReason reset(SessionEffect.ResetParameter put) {
    noteName(put.name());
    lastPath = put.name().equals(SEARCH_PATH) ? startup.get(SEARCH_PATH) : lastPath;
    parameters.putBack(put.name(), put.local(), startup.get(put.name()) != null);
    return touchOrExplain(put.name());
  }

  private @Nullable PinReason setConfig(SessionEffect.SetConfig call) {
    pathInDoubt |= call.maySet(SEARCH_PATH);
    if (call.maySet(SEARCH_PATH) && namesTemporary(call.value().known())) {
      return setTemporaryPath();
    }
    if (call.name() instanceof Operand.Literal literal) {
      String name = literal.text().toLowerCase(Locale.ROOT);
      if ("false".equals(call.local().known())) {
        parameters.assign(name);
      }
      analysisInDoubt |= AnalysisSettings.reads(name);
      return touchOrExplain(name);
    }
    if (call.name() instanceof Operand.Null) {
      return null;
    }
    anything();
    if (isTrue(call.local().known())) {
      return null;
    }
    unproven();
    return PinReason.UNKNOWN_PARAMETER;
  }

  private static boolean isTrue(@Nullable String local) {
    return "true".equals(local) || "t".equals(local);
  }

  private void noteName(String name) {
    analysisInDoubt |= AnalysisSettings.reads(name);
    pathInDoubt |= name.equals(SEARCH_PATH);
  }

  private @Nullable PinReason touchOrExplain(String name) {
    if (!SettingsReadback.canAskFor(name)) {
      return PinReason.PARAMETER;
    }
    touch(name);
    return name.equals("seed") ? PinReason.RANDOM_SEED : null;
  }

  private void touch(String name) {
    parameters.touch(name);
    pathInDoubt |= name.equals(SEARCH_PATH);
  }

  /** Whether objects that are created in such a path may be temporary. */
  public static boolean namesTemporary(@Nullable String path) {
    return path != null && path.toLowerCase(Locale.ROOT).contains("pg_temp");
  }

  // ---- what else happens

  /**
   * The server itself said that a parameter has another value.
   *
   * @param before the value that it said last; null if it never did
   */
  public void reported(String name, String value, @Nullable String before) {
    String lower = name.toLowerCase(Locale.ROOT);
    noteName(lower);
    if (SettingsReadback.canBeSet(lower)) {
      parameters.reported(lower, value, before);
    }
    texts.reported(name, value);
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
   * Something ran that can't be shown to leave the session as it is: it may have set parameters
   * that nobody can list, and ended statements.
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

  /** The statements that ran may have set any parameter. */
  public void anything() {
    parameters.touchAll();
    pathInDoubt = true;
    analysisInDoubt = true;
  }

  /** Functions may have set these parameters. */
  public void hidden(Set<String> names) {
    parameters.touchHidden(names);
    user.isUnknown();
  }

  /** Something that can't be carried may be left at the backend: it has to be asked. */
  public void mayLeaveState() {
    leavesState = true;
  }

  /** Whether something may be left at the backend that isn't a parameter. */
  public boolean leavesState() {
    return leavesState;
  }

  /** A function is made or changed, or what calls one. */
  public void define() {
    defines = true;
    unproven(); // the same transaction may call it
  }

  public boolean defines() {
    return defines;
  }

  /** Roles, databases or the server's own settings are changed. */
  public void alterServer() {
    altersServer = true;
  }

  /** Whether new sessions at the server may be other ones from now on; said once. */
  public boolean takeAltersServer() {
    boolean alters = altersServer;
    altersServer = false;
    return alters;
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

  // ---- what came of it

  /** Whether the backend has to be asked for anything. */
  public boolean touchesSettings() {
    return touchesByStatements() || parameters.areAnyReported();
  }

  /** The same without the server's reports, which the transaction's end may put back. */
  public boolean touchesByStatements() {
    return leavesState || parameters.areAnyByStatements();
  }

  /** Whether the path that statements run on may be another than at the transaction's begin. */
  public boolean isPathInDoubt() {
    return pathInDoubt;
  }

  /** Whether a parameter that analysis reads may be another than at the transaction's begin. */
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

  /** The effects noted from here on are of this batch. */
  public void areIn(long number) {
    batch = number;
  }

  /** Whether {@link #user} is by a statement of another batch. */
  public boolean isUserOfAnother(long current) {
    return user.areOfAnother(current);
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

  /** All has been asked for, or there is nothing to ask for. */
  public void clear() {
    parameters.clear();
    candidates.clear();
    user.clear();
    pathInDoubt = false;
    lastPath = null;
    analysisInDoubt = false;
    leavesState = false;
    defines = false;
    errored = false;
    unproven = false;
  }
}
