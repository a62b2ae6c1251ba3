package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.scan.EffectKind;
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
      case SETS -> {
        SessionEffect.SetParameter set = (SessionEffect.SetParameter) effect;
        String value = set.value().known();
        yield value == null ? null : with(set.name(), value, startup);
      }
      case RESETS -> reset(((SessionEffect.Named) effect).name(), of(startup));
      case COMPUTED -> {
        String value = pathOf(effect);
        yield value == null ? null : withPath(value);
      }
      case ALL_BUT_USER -> withPath(of(startup).path);
      case ALL -> {
        Whereabouts start = of(startup);
        yield withPath(start.path).as(start.authorization, start);
      }
      case NONE, PUT_BACK, LATER, ANY -> null;
    };
  }

  /** The path that an effect leads to, if that is known; null otherwise. */
  public static @Nullable String pathOf(SessionEffect effect) {
    return effect.kind().path() == EffectKind.Path.BY_VALUE
        ? ((SessionEffect.Assignment) effect).knownPath()
        : null;
  }

  /** Whether an effect may lead to a path that only the server knows. */
  public static boolean areUnforeseen(SessionEffect effect) {
    return switch (effect.kind().path()) {
      case BY_VALUE -> ((SessionEffect.Assignment) effect).maySetUnknownPath();
      case UNFORESEEN -> true;
      case STAYS, BACK -> false;
    };
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
