package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.settings.Whereabouts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An {@link AnalysisDetour}: the statements that lead to another user and back. */
class AnalysisDetourTest {

  private static final String KEEP_USER =
      ";SELECT pg_catalog.set_config('tenantgate.kept_session_authorization',"
          + " pg_catalog.current_setting('session_authorization'), true)";
  private static final String KEEP_ROLE =
      ";SELECT pg_catalog.set_config('tenantgate.kept_role',"
          + " pg_catalog.current_setting('role'), true)";
  private static final String USER_BACK =
      ";SELECT pg_catalog.set_config('session_authorization',"
          + " pg_catalog.current_setting('tenantgate.kept_session_authorization'), true)";
  private static final String ROLE_BACK =
      ";SELECT pg_catalog.set_config('role',"
          + " pg_catalog.current_setting('tenantgate.kept_role'), true)";
  private static final String LOGIN_USER = ";SET LOCAL \"session_authorization\" TO DEFAULT";
  private static final String LOGIN_ROLE = ";SET LOCAL \"role\" TO DEFAULT";
  private static final String DATES = ";SET SESSION \"datestyle\" TO E'dmy'";
  private static final String DATES_BACK = ";RESET \"datestyle\"";

  private static final Whereabouts LOGIN = user(null, null);

  private static Whereabouts user(@Nullable String authorization, @Nullable String role) {
    return new Whereabouts("any", role, authorization);
  }

  private static String role(String name) {
    return ";SET LOCAL \"role\" TO E'%s'".formatted(name);
  }

  private static String authorization(String name) {
    return ";SET LOCAL \"session_authorization\" TO E'%s'".formatted(name);
  }

  @Test
  void detourToNobodyIsNone() {
    assertThat(AnalysisDetour.NONE.there()).isEmpty();
    assertThat(AnalysisDetour.NONE.back()).isEmpty();
    AnalysisDetour detour = new AnalysisDetour(user("boss", "clerk"));
    detour.become(user("boss", "clerk"));
    assertThat(detour.there()).isEmpty();
    assertThat(detour.back()).isEmpty();
  }

  @Test
  void anotherRoleOfTheSameUserLeavesTheUser() {
    AnalysisDetour detour = new AnalysisDetour(user("boss", "clerk"));
    detour.become(user("boss", "guest"));
    assertThat(detour.there()).containsExactly(role("guest"));
    assertThat(detour.back()).containsExactly(role("clerk"));
  }

  @Test
  void anotherUserIsSetBeforeItsRole() {
    AnalysisDetour detour = new AnalysisDetour(user("boss", "clerk"));
    detour.become(user("chief", "clerk"));
    assertThat(detour.there()).containsExactly(authorization("chief"), role("clerk"));
    assertThat(detour.back()).containsExactly(authorization("boss"), role("clerk"));
  }

  @Test
  void parametersAreSetByTheUserWhoHasLoggedIn() {
    AnalysisDetour detour = new AnalysisDetour(user(null, "clerk"));
    detour.becomeLogin();
    detour.set("datestyle", "dmy", null);
    detour.becomeOrigin();
    assertThat(detour.there()).containsExactly(LOGIN_ROLE, DATES, role("clerk"));
    assertThat(detour.back()).containsExactly(LOGIN_ROLE, DATES_BACK, role("clerk"));
  }

  @Test
  void parametersAndUserOfAnotherMomentAreLeftTogether() {
    AnalysisDetour detour = new AnalysisDetour(LOGIN);
    detour.becomeLogin();
    detour.set("datestyle", "dmy", null);
    detour.become(user("boss", null));
    assertThat(detour.there()).containsExactly(DATES, authorization("boss"), LOGIN_ROLE);
    assertThat(detour.back()).containsExactly(LOGIN_USER, LOGIN_ROLE, DATES_BACK);
  }

  @Test
  void parameterThatWasUnsetIsUnsetOnTheWay() {
    AnalysisDetour detour = new AnalysisDetour(LOGIN);
    detour.set("datestyle", null, "dmy");
    assertThat(detour.there()).containsExactly(DATES_BACK);
    assertThat(detour.back()).containsExactly(DATES);
  }

  @Test
  void userThatOnlyTheServerKnowsIsKeptThere() {
    AnalysisDetour detour = new AnalysisDetour(null);
    detour.become(user(null, "clerk"));
    assertThat(detour.there()).containsExactly(KEEP_USER, KEEP_ROLE, LOGIN_USER, role("clerk"));
    assertThat(detour.back()).containsExactly(USER_BACK, ROLE_BACK);
  }

  @Test
  void parametersOfAUserThatOnlyTheServerKnowsAreLeftBeforeIt() {
    AnalysisDetour detour = new AnalysisDetour(null);
    detour.becomeLogin();
    detour.set("datestyle", "dmy", null);
    detour.becomeOrigin();
    assertThat(detour.there())
        .containsExactly(KEEP_USER, KEEP_ROLE, LOGIN_USER, LOGIN_ROLE, DATES, USER_BACK, ROLE_BACK);
    assertThat(detour.back())
        .containsExactly(LOGIN_USER, LOGIN_ROLE, DATES_BACK, USER_BACK, ROLE_BACK);
  }
}
