package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An event trigger runs at commands that don't name it: what it sets is its client's alone. */
class EventTriggerIT extends SharedBackend {

  private static final String SET =
      "SELECT current_setting('work_mem') || coalesce(current_setting('app.tenant', true), '')";

  @BeforeAll
  static void makeTrigger() {
    gateway.close();
    database.execute(
        """
        CREATE FUNCTION public.hid() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          PERFORM set_config('app.tenant', 'acme', false); SET work_mem TO '77MB'; END $$;
        CREATE FUNCTION public.at_comment() RETURNS event_trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM public.hid(); END $$;
        CREATE EVENT TRIGGER at_comment ON ddl_command_end WHEN TAG IN ('COMMENT')
          EXECUTE FUNCTION public.at_comment()\
        """);
    gateway = newGateway();
  }

  @Test
  void theNextClientHasNothingOfIt() throws Exception {
    assertThat(acme.query("COMMENT ON TABLE mark IS 'x'")).contains("C COMMENT");
    assertThat(globex.value(SET)).isEqualTo("4MB");
    assertThat(acme.value(SET)).isEqualTo("77MBacme");
  }
}
