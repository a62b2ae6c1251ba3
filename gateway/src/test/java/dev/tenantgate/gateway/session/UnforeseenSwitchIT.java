package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Open sessions that go to another tenant by a statement that doesn't show it. */
class UnforeseenSwitchIT extends SwitchGround {

  /** The server reports it (18), or is asked behind a DO (14). */
  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  void aSwitchThatNobodyCouldForesee(String mode, boolean latest) throws Exception {
    if (!latest) {
      database.close();
      prepare(TestPostgres.oldest().newDatabase());
    }
    try (GatewayFixture gateway = strict(mode);
        SocketClient client = login(gateway)) {
      client.sends(
          "Q DO $$ BEGIN PERFORM set_config('search_path', 'tenant_globex', false); END $$",
          "Q SELECT mark FROM sites");
      List<Frame> answer = client.readUntil('E');
      assertThat(text(answer)).doesNotContain("globex1");
      assertThat(Frame.types(answer)).doesNotContain("D");
      assertThat(last(answer).field('S')).isEqualTo("FATAL");
      assertThat(last(answer).field('C')).isEqualTo("57P03");
    }
  }

  @BothModes
  void aHiddenSwitchToATenantThatIsMigratedMeanwhile(String mode) throws Exception {
    database.execute(
        "CREATE FUNCTION public.hidden() RETURNS void LANGUAGE plpgsql AS"
            + " $$BEGIN PERFORM set_config('search_path', 'tenant_globex, public', false); END$$");
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient client = login(gateway)) {
      client.sends("Q SELECT public.hidden()");
      client.readUntil('Z');
      client.sends("Q SELECT mark || status FROM sites");
      assertThat(text(client.readUntil('Z'))).contains("globexnew");
    }
  }

  @BothModes
  void askedOrNotTheAnswersAreTheClientsOwn(String mode) throws Exception {
    database.close();
    prepare(TestPostgres.oldest().newDatabase());
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient client = login(gateway)) {
      client.sends(
          "Q DO $$ BEGIN END $$",
          "Q SELECT set_config('search_path', 'tenant_' || 'globex', false)",
          "Q SELECT mark || status FROM sites");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("CZ");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
      assertThat(text(client.readUntil('Z'))).contains("globexnew");
    }
  }
}
