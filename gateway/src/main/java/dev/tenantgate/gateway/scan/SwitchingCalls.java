package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Set;

/**
 * The routines of a database that may switch a session's tenant, unseen in the statement that calls
 * them. A FunctionCall has a number for a name: any may switch but those for large objects.
 * Immutable.
 *
 * @param unproven names that can't be shown to leave the session where it is
 */
public record SwitchingCalls(UnprovenNames unproven) {

  /** There is nothing of the kind but the server's own, as in most databases. */
  public static final SwitchingCalls NONE = new SwitchingCalls(UnprovenNames.of(List.of()));

  /** Nothing is known yet. */
  public static final SwitchingCalls UNKNOWN = new SwitchingCalls(UnprovenNames.UNKNOWN);

  /** Of the server's own functions, those that drivers call by their numbers. */
  private static final Set<Integer> LARGE_OBJECT_FUNCTIONS =
      Set.of(715, 952, 953, 954, 955, 956, 957, 958, 964, 1004, 3170, 3171, 3172);

  /** Whether a text has one of the names in it. */
  public boolean mentionedIn(ByteBuf text, int from, int bytes) {
    return unproven.mentionedIn(text, from, bytes);
  }

  /** Whether a FunctionCall of this function may switch the tenant. */
  public static boolean mayBe(int function) {
    return !LARGE_OBJECT_FUNCTIONS.contains(function);
  }
}
