package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The path, and the user whose name {@code $user} in it stands for: they decide which schemas the
 * names of a statement mean. Savepoints are passed over: a client that goes back to one was where
 * it leads before. Immutable.
 *
 * @param path as it was set; null for the one that the session began with
 * @param role by a SET ROLE; null if there was none
 * @param authorization by a SET SESSION AUTHORIZATION; null for the user that has logged in
 */
public record Whereabouts(
    @Nullable String path, @Nullable String role, @Nullable String authorization) {

  private static final String ROLE = "role";
  private static final String AUTHORIZATION = "session_authorization";
  private static final String NO_ROLE = "none";

  /** Of a session with these settings. */
  public static Whereabouts of(SessionSettings settings) {
    return new Whereabouts(
        settings.get(SessionEffect.SEARCH_PATH), settings.get(ROLE), settings.get(AUTHORIZATION));
  }

  /** The user that it is; null for the one that the session began with. */
  public @Nullable String user() {
    return role == null || (role.equals(NO_ROLE) && authorization != null) ? authorization : role;
  }

  /** Whether the role and the session's user are the same, whatever the path. */
  public boolean isAs(Whereabouts other) {
    return Objects.equals(role, other.role) && isOfSameUser(other);
  }

  /** Whether the session's user is the same, whatever the role. */
  public boolean isOfSameUser(Whereabouts other) {
    return Objects.equals(authorization, other.authorization);
  }

  /**
   * Behind a statement, as far as that can be told from its text.
   *
   * @param startup the session's at its begin, which a RESET leads back to
   * @return null if the statement changes none of it
   */
  public @Nullable Whereabouts behind(SessionEffect effect, SessionSettings startup) {
    return switch (effect.kind().parameters()) {
      case NAMED -> {
        if (effect instanceof SessionEffect.SetParameter set) {
          String value = set.value().known();
          yield value == null ? null : with(set.name(), value, startup);
        }
        yield reset(((SessionEffect.Named) effect).name(), of(startup));
      }
      case COMPUTED -> {
        String value = pathOf(effect);
        yield value == null ? null : withPath(value);
      }
      case ALL -> {
        Whereabouts start = of(startup);
        yield effect instanceof SessionEffect.DiscardAll
            ? withPath(start.path).as(start.authorization, start)
            : withPath(start.path);
      }
      case NONE, PUT_BACK, LATER, ANY -> null;
    };
  }

  /** The path that an effect leads to, if that is known; null otherwise. */
  public static @Nullable String pathOf(SessionEffect effect) {
    if (effect instanceof SessionEffect.SetParameter set
        && set.name().equals(SessionEffect.SEARCH_PATH)) {
      return set.value().known();
    }
    return effect instanceof SessionEffect.SetConfig call
            && SessionEffect.SEARCH_PATH.equalsIgnoreCase(call.name().known())
        ? call.value().known()
        : null;
  }

  /** Whether an effect may lead to a path that only the server knows. */
  public static boolean areUnforeseen(SessionEffect effect) {
    return switch (effect.kind().path()) {
      case BY_VALUE ->
          effect instanceof SessionEffect.SetConfig call
              ? areUnforeseen(call)
              : effect instanceof SessionEffect.SetParameter set
                  && set.name().equals(SessionEffect.SEARCH_PATH)
                  && set.value().known() == null;
      case UNFORESEEN -> true;
      case STAYS, BACK -> false;
    };
  }

  private static boolean areUnforeseen(SessionEffect.SetConfig call) {
    return call.maySet(SessionEffect.SEARCH_PATH)
        && !(call.name() instanceof Operand.Null)
        && (call.name().known() == null || call.value().known() == null);
  }

  private @Nullable Whereabouts with(String name, String value, SessionSettings startup) {
    return switch (name) {
      case SessionEffect.SEARCH_PATH -> withPath(value);
      case ROLE -> withRole(value.equalsIgnoreCase(NO_ROLE) ? NO_ROLE : value);
      case AUTHORIZATION -> as(value, of(startup));
      default -> null;
    };
  }

  private @Nullable Whereabouts reset(String name, Whereabouts start) {
    return switch (name) {
      case SessionEffect.SEARCH_PATH -> withPath(start.path);
      case ROLE -> withRole(start.role);
      case AUTHORIZATION -> as(start.authorization, start);
      default -> null;
    };
  }

  private Whereabouts withPath(@Nullable String other) {
    return new Whereabouts(other, role, authorization);
  }

  private Whereabouts withRole(@Nullable String other) {
    return new Whereabouts(path, other, authorization);
  }

  /** A session that becomes another user loses its role. */
  private Whereabouts as(@Nullable String user, Whereabouts start) {
    return new Whereabouts(path, user == null ? start.role : null, user);
  }
}
