package dev.tenantgate.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** Which parameters a backend has to be asked for behind a transaction. */
class EffectsTest {

  private final Effects effects =
      new Effects(SessionSettings.NONE, SessionMemory.of(new EmbeddedChannel()));

  @Test
  void nothingIsAskedForWhenTheServerReportsWhatWasThereAtFirst() {
    effects.note(path("tenant_a", true), SessionSettings.NONE);
    effects.reported("search_path", "tenant_a", "public");
    assertThat(effects.touchesSettings()).isTrue();
    effects.reported("search_path", "tenant_b", "tenant_a");
    effects.reported("search_path", "public", "tenant_b");

    assertThat(effects.touchesSettings()).isFalse();
  }

  @Test
  void aValueThatStaysIsAskedFor() {
    effects.reported("search_path", "tenant_a", "public");
    effects.reported("TimeZone", "UTC", "Europe/Paris");
    effects.reported("search_path", "public", "tenant_a");

    assertThat(effects.parameters().names()).containsExactly("timezone");
  }

  @Test
  void aStatementThatSetsItForTheSessionIsAskedForWhateverIsReported() {
    effects.note(path("tenant_a", false), SessionSettings.NONE);
    effects.reported("search_path", "tenant_a", "public");
    effects.reported("search_path", "public", "tenant_a");

    assertThat(effects.parameters().names()).containsExactly("search_path");
  }

  @Test
  void resetAllPassesOverADefaultOfTheTransactionAlone() {
    effects.note(new SessionEffect.ResetParameter("search_path", true), SessionSettings.NONE);
    effects.note(SessionEffect.of(EffectKind.RESET_ALL), SessionSettings.NONE);
    assertThat(effects.parameters().passedOver()).containsExactly("search_path");

    effects.note(path("tenant_a", false), SessionSettings.NONE);
    assertThat(effects.parameters().passedOver()).isEmpty();
  }

  @Test
  void resetAllPassesOverNothingThatWasSetSinceOrInAnotherTransaction() {
    effects.note(new SessionEffect.ResetParameter("search_path", true), SessionSettings.NONE);
    effects.note(path("tenant_a", true), SessionSettings.NONE);
    effects.note(SessionEffect.of(EffectKind.RESET_ALL), SessionSettings.NONE);
    effects.note(new SessionEffect.ResetParameter("work_mem", true), SessionSettings.NONE);
    effects.note(new SessionEffect.Commit(false), SessionSettings.NONE);
    effects.note(SessionEffect.of(EffectKind.RESET_ALL), SessionSettings.NONE);
    effects.note(new SessionEffect.ResetParameter("datestyle", true), SessionSettings.NONE);
    effects.parameters().transactionChanges();
    effects.note(SessionEffect.of(EffectKind.RESET_ALL), SessionSettings.NONE);

    assertThat(effects.parameters().passedOver()).isEmpty();
  }

  @Test
  void aParameterThatWasNeverReportedBeforeIsAskedFor() {
    effects.reported("extension.mode", "strict", null);

    assertThat(effects.parameters().names()).containsExactly("extension.mode");
  }

  @Test
  void thePathOfATransactionIsForgottenWithIt() {
    effects.note(path("tenant_a", true), SessionSettings.NONE);
    assertThat(effects.isPathInDoubt()).isTrue();
    effects.clear();

    assertThat(effects.isPathInDoubt()).isFalse();
    assertThat(effects.path("public")).isEqualTo("public");
  }

  private static SessionEffect path(String value, boolean local) {
    return new SessionEffect.SetParameter("search_path", new Operand.Literal(value), local);
  }
}
