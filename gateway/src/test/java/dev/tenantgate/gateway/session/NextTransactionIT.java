package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Open sessions whose tenant stops being current between two transactions. */
class NextTransactionIT extends SwitchGround {

  @Test
  void anOpenSessionsNextTransactionWaits() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "SELECT mark FROM sites")).isEqualTo("TDCZT");
      assertThat(status(client, "COMMIT")).isEqualTo("CZI");
      assertThat(status(client, "SELECT mark, note FROM sites")).isEqualTo("TDCZI");
    }
  }

  @Test
  void anOpenSessionsNextTransactionIsRefused() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        SocketClient client = login(gateway)) {
      require(gateway);
      assertThat(status(client, "SELECT 1")).isEqualTo("EZI");
      client.sends(extended("SELECT 1"), "S");
      List<Frame> answer = client.readUntil('Z');
      assertThat(Frame.types(answer)).isEqualTo("EZ");
      assertThat(answer.get(0).field('C')).isEqualTo("57P03");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1")).isEqualTo("TDCZI");
      assertThat(status(client, "RESET search_path")).isEqualTo("EZI");
    }
  }

  /** The way back was admitted before; were it refused, nobody could end the transaction. */
  @Test
  void aRollbackIsNeverRefused() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        SocketClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1; SET search_path TO public")).isEqualTo("EZI");
      assertThat(status(client, "SET search_path TO public; SELECT 1")).isEqualTo("CTDCZI");
    }
  }

  /** The changelog grows while the session is open. */
  private void require(GatewayFixture gateway) throws Exception {
    migration(
        migrations.resolve("tenant"),
        "00002_add_note.sql",
        "ALTER TABLE sites ADD COLUMN note text;");
    gateway.gateway().reload();
  }
}
