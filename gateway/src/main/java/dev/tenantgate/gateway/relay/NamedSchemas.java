package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.NameSet;
import dev.tenantgate.gateway.statements.ClientStatement;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tenants' schemas that a client's statements name: by themselves, or by what they execute. Of
 * those prepared by a PREPARE all together are known. Event-loop confined.
 */
final class NamedSchemas {

  private static final int NAME_BYTES = 96;

  private final Function<SessionEffect, @Nullable ClientStatement> executed;
  private final SessionMemory memory;
  private final Set<String> prepared = new NameSet();

  /**
   * None yet.
   *
   * @param memory what is kept counts there
   * @param executed the client's statement that an EXECUTE means; null for one of a PREPARE
   */
  NamedSchemas(SessionMemory memory, Function<SessionEffect, @Nullable ClientStatement> executed) {
    this.memory = memory;
    this.executed = executed;
  }

  private void keep(String schema) {
    if (prepared.add(schema)) {
      memory.keep(NAME_BYTES + schema.length(), 0);
    }
  }

  /** Whether effects are names of schemas and nothing else. */
  static boolean areAll(List<SessionEffect> effects) {
    for (SessionEffect effect : effects) {
      if (effect.kind() != EffectKind.NAMES_SCHEMAS) {
        return false;
      }
    }
    return true;
  }

  /** The schemas that an effect names; null if it names none. */
  SessionEffect.@Nullable NamesSchemas namedBy(SessionEffect effect) {
    if (effect.kind() == EffectKind.NAMES_SCHEMAS) {
      return (SessionEffect.NamesSchemas) effect;
    }
    return switch (effect.kind().statements()) {
      case PREPARES -> {
        keepAll(((SessionEffect.PrepareStatement) effect).effects());
        yield null;
      }
      case EXECUTES -> executedBy(effect);
      case NONE, DROPS, DROPS_ALL, DISCARDS -> null;
    };
  }

  private void keepAll(List<SessionEffect> effects) {
    for (SessionEffect effect : effects) {
      if (effect.kind() == EffectKind.NAMES_SCHEMAS) {
        ((SessionEffect.NamesSchemas) effect).schemas().forEach(this::keep);
      }
    }
  }

  private SessionEffect.@Nullable NamesSchemas executedBy(SessionEffect effect) {
    ClientStatement statement = executed.apply(effect);
    if (statement != null) {
      return statement.text().scanned().namesSchemas();
    }
    return prepared.isEmpty() ? null : new SessionEffect.NamesSchemas(List.copyOf(prepared));
  }
}
