package dev.tenantgate.gateway.scan;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The effect of a call of {@code set_config}, by its arguments as far as known. Stateless. */
final class ConfigCall {

  private ConfigCall() {}

  static SessionEffect resolve(Operand name, Operand value, Operand local, boolean certain) {
    Boolean isLocal = truth(local);
    if (!certain
        || isLocal == null
        || !(name instanceof Operand.Literal parameter)
        || value instanceof Operand.Parameter
        || value instanceof Operand.Opaque) {
      return new SessionEffect.SetConfig(name, value, local, certain);
    }
    String lower = parameter.text().toLowerCase(Locale.ROOT);
    return value instanceof Operand.Null
        ? new SessionEffect.ResetParameter(lower, isLocal)
        : new SessionEffect.SetParameter(lower, value, isLocal);
  }

  /** A boolean as the server reads it; null if it isn't known or can't be one. */
  private static @Nullable Boolean truth(Operand operand) {
    if (operand instanceof Operand.Null) {
      return false;
    }
    if (!(operand instanceof Operand.Literal literal)) {
      return null;
    }
    return switch (literal.text().strip().toLowerCase(Locale.ROOT)) {
      case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1" -> true;
      case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0" -> false;
      default -> null;
    };
  }
}
