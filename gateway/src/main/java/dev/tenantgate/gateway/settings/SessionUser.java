package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The role and the user of a session within a transaction, as far as the texts of its statements
 * tell: the server looks up the names of a statement by their rights. Event-loop confined.
 */
final class SessionUser {

  private static final String ROLE = "role";
  private static final String AUTHORIZATION = "session_authorization";

  /** As a statement has said; null as long as none has. */
  private @Nullable Whereabouts changed;

  /** The batch in which that was. */
  private long changedIn;

  /** Only the server knows. */
  private boolean unknown;

  private SessionSettings lastBefore = SessionSettings.NONE;
  private Whereabouts atBegin = Whereabouts.of(SessionSettings.NONE);

  /** The transaction has ended. */
  void clear() {
    changed = null;
    unknown = false;
  }

  /** The server may have set them to anything. */
  void isUnknown() {
    unknown = true;
  }

  /**
   * A statement with this effect goes out.
   *
   * @param startup the settings that the session began with
   * @param before the settings when the transaction began
   * @param batch the number of the batch that the statement is in
   */
  void note(SessionEffect effect, SessionSettings startup, SessionSettings before, long batch) {
    Whereabouts last = changed;
    note(effect, startup, before);
    if (!Objects.equals(last, changed)) {
      changedIn = batch;
    }
  }

  private void note(SessionEffect effect, SessionSettings startup, SessionSettings before) {
    switch (effect.kind().parameters()) {
      case SETS, RESETS -> {
        String name = ((SessionEffect.Named) effect).name();
        if (name.equals(ROLE) || name.equals(AUTHORIZATION)) {
          change(effect, startup, before);
        }
      }
      case ALL_BUT_USER, ALL -> change(effect, startup, before);
      case COMPUTED -> {
        SessionEffect.SetConfig call = (SessionEffect.SetConfig) effect;
        unknown |= call.maySet(ROLE) || call.maySet(AUTHORIZATION);
      }
      case PUT_BACK -> unknown |= changed != null;
      case ANY -> unknown = true;
      case NONE, LATER -> {}
    }
  }

  private void change(SessionEffect effect, SessionSettings startup, SessionSettings before) {
    Whereabouts now = changed == null ? Whereabouts.of(before) : changed;
    Whereabouts next = now.behind(effect, startup);
    unknown |=
        effect.kind().parameters() == EffectKind.Parameters.SETS
            && ((SessionEffect.SetParameter) effect).value().known() == null;
    changed = next == null ? now : next;
  }

  /**
   * Whether a statement of another batch has changed them: it may fail, and what stands behind it
   * in a batch of its own is run nevertheless.
   */
  boolean areOfAnother(long batch) {
    return changed != null && changedIn != batch;
  }

  /**
   * The role and the user; null where only the server knows.
   *
   * @param before the settings when the transaction began
   */
  @Nullable Whereabouts now(SessionSettings before) {
    if (unknown) {
      return null;
    }
    Whereabouts said = changed;
    if (said != null) {
      return said;
    }
    if (!before.equals(lastBefore)) {
      lastBefore = before;
      atBegin = Whereabouts.of(before);
    }
    return atBegin;
  }
}
