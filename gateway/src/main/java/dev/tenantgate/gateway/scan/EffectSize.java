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
    if (effect instanceof SetParameter set) {
      return FIXED_BYTES + set.name().length() + of(set.value());
    }
    if (effect instanceof SetConfig call) {
      return FIXED_BYTES + of(call.name()) + of(call.value()) + of(call.local());
    }
    if (effect instanceof PrepareStatement prepare) {
      return FIXED_BYTES + prepare.name().length() + of(prepare.effects());
    }
    if (effect instanceof ExecuteStatement execute) {
      int bytes = FIXED_BYTES + execute.name().length();
      for (Operand argument : execute.arguments()) {
        bytes += FIXED_BYTES + of(argument);
      }
      return bytes;
    }
    if (effect instanceof SessionEffect.NamesSchemas named) {
      int bytes = FIXED_BYTES;
      for (String schema : named.schemas()) {
        bytes += FIXED_BYTES + schema.length();
      }
      return bytes;
    }
    return FIXED_BYTES + name(effect).length();
  }

  /** Bytes of a value. */
  static int of(Operand value) {
    return value instanceof Operand.Literal literal ? literal.text().length() : 0;
  }

  private static String name(SessionEffect effect) {
    if (effect instanceof ResetParameter reset) {
      return reset.name();
    }
    if (effect instanceof Savepoint savepoint) {
      return savepoint.name();
    }
    if (effect instanceof ReleaseSavepoint release) {
      return release.name();
    }
    if (effect instanceof RollbackToSavepoint rollback) {
      return rollback.name();
    }
    if (effect instanceof SessionEffect.Listen listen) {
      return listen.channel();
    }
    return effect instanceof SessionEffect.HoldCursor cursor ? cursor.name() : "";
  }
}
