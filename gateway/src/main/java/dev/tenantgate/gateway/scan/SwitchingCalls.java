package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.Set;

/**
 * What in a database may switch a session's tenant without a word of it in the statement that
 * brings it about: by the names that such a statement has in it, and by the numbers of the
 * functions themselves, which a FunctionCall has. Immutable.
 *
 * @param functions OIDs of the database's own functions
 */
public record SwitchingCalls(RoutineNames names, Set<Integer> functions) {

  /** The function behind {@code set_config}, the only one of the server's own that switches. */
  private static final int SET_CONFIG_OID = 2078;

  /** There is nothing of the kind, as in most databases. */
  public static final SwitchingCalls NONE = new SwitchingCalls(RoutineNames.NONE, Set.of());

  public SwitchingCalls {
    functions = Set.copyOf(functions);
  }

  /** Whether a text has one of the names in it. */
  public boolean mentionedIn(ByteBuf text, int from, int bytes) {
    return names.mentionedIn(text, from, bytes);
  }

  /** Whether a FunctionCall of this function may switch the tenant. */
  public boolean include(int function) {
    return function == SET_CONFIG_OID || functions.contains(function);
  }
}
