package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.scan.SessionEffect.ExecuteStatement;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareStatement;
import dev.tenantgate.gateway.scan.SessionEffect.ReleaseSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.ResetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.RollbackToSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Savepoint;
import dev.tenantgate.gateway.scan.SessionEffect.SetConfig;
import dev.tenantgate.gateway.scan.SessionEffect.SetParameter;
import java.util.List;

/** The heap that effects take, roughly. Stateless. */
public final class EffectSize {

  /** Of an effect, its strings' objects, and its place in a list. */
  private static final int FIXED_BYTES = 128;

  private EffectSize() {}

  /** Bytes of all together. */
  public static int of(List<SessionEffect> effects) {
    int bytes = 0;
    for (int i = 0; i < effects.size(); i++) {
      bytes += of(effects.get(i));
    }
    return bytes;
  }

  /** Bytes of one. */
  public static int of(SessionEffect effect) {
    return FIXED_BYTES
        + switch (effect.kind()) {
          case SET_PARAMETER -> of((SetParameter) effect);
          case SET_CONFIG -> of((SetConfig) effect);
          case PREPARE_STATEMENT -> of((PrepareStatement) effect);
          case EXECUTE_STATEMENT -> of((ExecuteStatement) effect);
          case NAMES_SCHEMAS -> ofNames(((SessionEffect.NamesSchemas) effect).schemas());
          case RESET_PARAMETER -> ((ResetParameter) effect).name().length();
          case SAVEPOINT -> ((Savepoint) effect).name().length();
          case RELEASE_SAVEPOINT -> ((ReleaseSavepoint) effect).name().length();
          case ROLLBACK_TO_SAVEPOINT -> ((RollbackToSavepoint) effect).name().length();
          case DEALLOCATE -> ((SessionEffect.Deallocate) effect).name().length();
          case LISTEN -> ((SessionEffect.Listen) effect).channel().length();
          case UNLISTEN -> ((SessionEffect.Unlisten) effect).channel().length();
          case HOLD_CURSOR -> ((SessionEffect.HoldCursor) effect).name().length();
          case RESET_ALL,
              DISCARD_ALL,
              BEGIN,
              COMMIT,
              ROLLBACK,
              PREPARE_TRANSACTION,
              DEALLOCATE_ALL,
              TEMPORARY_OBJECT,
              DISCARD_TEMPORARY,
              SESSION_ADVISORY_LOCK,
              RANDOM_SEED,
              PROCESS_STATE,
              LOAD_LIBRARY,
              HIDDEN_CALL,
              UNSEEN_STATE,
              UNPROVEN,
              SIGNAL_BACKEND,
              DEFINITION,
              NOTIFY,
              OPAQUE_BODY ->
              0;
        };
  }

  private static int of(SetParameter set) {
    return set.name().length() + of(set.value());
  }

  private static int of(SetConfig call) {
    return of(call.name()) + of(call.value()) + of(call.local());
  }

  private static int of(PrepareStatement prepare) {
    return prepare.name().length() + of(prepare.effects());
  }

  private static int of(ExecuteStatement execute) {
    int bytes = execute.name().length();
    for (Operand argument : execute.arguments()) {
      bytes += FIXED_BYTES + of(argument);
    }
    return bytes;
  }

  private static int ofNames(List<String> names) {
    int bytes = 0;
    for (String name : names) {
      bytes += FIXED_BYTES + name.length();
    }
    return bytes;
  }

  /** Bytes of a value. */
  static int of(Operand value) {
    return value instanceof Operand.Literal literal ? literal.text().length() : 0;
  }
}
