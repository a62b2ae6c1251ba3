package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.settings.Whereabouts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements that lead a session to the user and the parameters of another moment of the same
 * transaction, and those that lead it back. Event-loop confined.
 */
final class AnalysisDetour {

  private static final String ROLE = "role";
  private static final String USER = "session_authorization";

  /** Parameters of the gateway's own, which last as long as the transaction. */
  private static final String KEPT = "tenantgate.kept_";

  private static final Whereabouts LOGIN = new Whereabouts(null, null, null);

  /** Leads nowhere. */
  static final AnalysisDetour NONE = new AnalysisDetour(LOGIN);

  /** Null where only the server knows. */
  private final @Nullable Whereabouts origin;

  private final List<String> there = new ArrayList<>();
  private final List<String> parametersBack = new ArrayList<>(0);
  private @Nullable Whereabouts at;

  /**
   * Begins where the session is.
   *
   * @param origin null where only the server knows
   */
  AnalysisDetour(@Nullable Whereabouts origin) {
    this.origin = origin;
    this.at = origin;
    if (origin == null) {
      there.add(keep(USER));
      there.add(keep(ROLE));
    }
  }

  /** The user who has logged in is the one that has set parameters, or could: a role may not. */
  void becomeLogin() {
    become(LOGIN);
  }

  /** Has the session be that user in that role. */
  void become(Whereabouts user) {
    there.addAll(way(at, user));
    at = user;
  }

  /** Has the session be the one again that it was at first. */
  void becomeOrigin() {
    there.addAll(way(at, origin));
    at = origin;
  }

  /**
   * Sets a parameter.
   *
   * @param value null for a fresh connection's own
   * @param before what is set behind the detour
   */
  void set(String name, @Nullable String value, @Nullable String before) {
    there.add(RestoringQuery.setting(name, value));
    parametersBack.add(RestoringQuery.setting(name, before));
  }

  /** The statements in front of what the detour is for. */
  List<String> there() {
    return there;
  }

  /** The statements behind it. */
  List<String> back() {
    if (parametersBack.isEmpty()) {
      return way(at, origin);
    }
    List<String> back = new ArrayList<>(way(at, LOGIN));
    back.addAll(parametersBack);
    back.addAll(way(LOGIN, origin));
    return back;
  }

  /** The user goes first: whoever becomes another loses the role. */
  private static List<String> way(@Nullable Whereabouts from, @Nullable Whereabouts to) {
    if (to == null) {
      return from == null ? List.of() : List.of(putBack(USER), putBack(ROLE));
    }
    if (from != null && from.isAs(to)) {
      return List.of();
    }
    List<String> way = new ArrayList<>(2);
    if (from == null || !from.isOfSameUser(to)) {
      way.add(RestoringQuery.localSetting(USER, to.authorization()));
    }
    way.add(RestoringQuery.localSetting(ROLE, to.role()));
    return way;
  }

  private static String keep(String parameter) {
    return ";SELECT pg_catalog.set_config('%s%s', pg_catalog.current_setting('%s'), true)"
        .formatted(KEPT, parameter, parameter);
  }

  private static String putBack(String parameter) {
    return ";SELECT pg_catalog.set_config('%s', pg_catalog.current_setting('%s%s'), true)"
        .formatted(parameter, KEPT, parameter);
  }
}
