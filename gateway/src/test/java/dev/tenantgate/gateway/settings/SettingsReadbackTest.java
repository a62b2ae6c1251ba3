package dev.tenantgate.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.settings.SettingsReadback.Expected;
import dev.tenantgate.gateway.settings.SettingsReadback.Outcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A value that a backend is found to have belongs to the client, or is the server's own. */
class SettingsReadbackTest {

  private static SessionSettings of(String name, @Nullable String value) {
    return SessionSettings.NONE.with(name, value);
  }

  private static SettingsReadback answered(boolean all, String name, String value) {
    SettingsReadback readback = new SettingsReadback(all ? Set.of() : Set.of(name), all);
    ByteBuf row = UnpooledByteBufAllocator.DEFAULT.buffer();
    row.writeShort(2);
    for (String each : new String[] {name, value}) {
      byte[] bytes = each.getBytes(StandardCharsets.UTF_8);
      row.writeInt(bytes.length).writeBytes(bytes);
    }
    readback.row(row, 0);
    row.release();
    return readback;
  }

  @Test
  void asksForWhatStands() {
    assertThat(new SettingsReadback(Set.of("search_path"), false).sql())
        .isEqualTo("VALUES ('search_path', pg_catalog.current_setting('search_path', true))");
    assertThat(SettingsReadback.sourceSql(new java.util.TreeSet<>(Set.of("timezone", "jit"))))
        .endsWith("ANY (ARRAY['jit', 'timezone'])");
  }

  /**
   * The name; the values that the backend had, that the client began with and that is the server's
   * default; whether a statement set it; its value now; then whether the server has to be asked,
   * and the value that the client wants if the session has set it, or hasn't.
   */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // nothing has changed
        "timezone, -, -, UTC, false, UTC, false, -, -",
        "timezone, A, -, UTC, false, A, false, A, A",
        "timezone, A, A, UTC, true, A, false, A, A",
        // a statement has set it
        "timezone, -, -, UTC, true, B, false, B, B",
        "timezone, A, -, UTC, true, UTC, false, UTC, UTC",
        "timezone, -, -, UTC, true, UTC, true, UTC, -",
        "work_mem, -, -, -, true, 8MB, false, 8MB, 8MB",
        // a RESET, as far as anybody knows
        "timezone, A, -, UTC, false, UTC, false, -, -",
        "work_mem, 8MB, -, -, false, 4MB, true, 4MB, -",
        // a function, or the server by itself
        "timezone, -, -, UTC, false, B, true, B, -",
        "timezone, A, -, UTC, false, B, true, B, -",
        "timezone, A, A, UTC, false, UTC, true, UTC, A",
        // of these no server says who set them
        "role, -, -, none, true, none, false, -, -",
        "role, -, -, none, false, joe, false, joe, joe",
        "app.x, -, -, -, false, 1, false, 1, 1",
      })
  void whatTheSessionSetIsTheClients(
      String name,
      @Nullable String before,
      @Nullable String startup,
      @Nullable String byDefault,
      boolean assigned,
      String value,
      boolean doubtful,
      @Nullable String ifOfSession,
      @Nullable String otherwise) {
    SettingsReadback readback = answered(false, name, value);
    Expected expected =
        new Expected(
            of(name, before),
            of(name, startup),
            byDefault == null ? Map.of() : Map.of(name, byDefault),
            assigned ? Set.of(name) : Set.of(),
            Set.of(),
            false);

    assertThat(readback.doubtful(expected)).isEqualTo(doubtful ? Set.of(name) : Set.of());
    assertThat(readback.outcome(expected, Set.of(name)).wanted()).isEqualTo(of(name, ifOfSession));
    assertThat(readback.outcome(expected, Set.of()).wanted()).isEqualTo(of(name, otherwise));
  }

  @Test
  void aResetOfWhatIsTheDefaultIsAskedFor() {
    SessionSettings own = of("timezone", "UTC");
    Expected expected =
        new Expected(
            own,
            SessionSettings.NONE,
            Map.of("timezone", "UTC"),
            Set.of(),
            Set.of("timezone"),
            false);
    SettingsReadback readback = answered(false, "timezone", "UTC");

    assertThat(readback.doubtful(expected)).containsExactly("timezone");
    assertThat(readback.outcome(expected, Set.of()).wanted()).isEqualTo(SessionSettings.NONE);
    assertThat(readback.outcome(expected, Set.of("timezone")).wanted()).isEqualTo(own);
  }

  @Test
  void whatNobodyAskedForStays() {
    Expected expected =
        new Expected(
            SessionSettings.NONE.with("search_path", "a").with("jit", "off"),
            SessionSettings.NONE,
            Map.of(),
            Set.of("search_path"),
            Set.of(),
            false);

    Outcome outcome = answered(false, "search_path", "b").outcome(expected, Set.of());

    assertThat(outcome.wanted())
        .isEqualTo(SessionSettings.NONE.with("search_path", "b").with("jit", "off"));
    assertThat(outcome.backend()).isEqualTo(outcome.wanted());
  }

  @Test
  void whereAllAreAskedForTheServerSaysWhatTheSessionHasSet() {
    Expected expected =
        new Expected(
            of("jit", "off"),
            of("search_path", "a"),
            Map.of("timezone", "UTC"),
            Set.of(),
            Set.of(),
            false);

    Outcome outcome = answered(true, "TimeZone", "UTC").outcome(expected, Set.of());

    assertThat(outcome.backend()).isEqualTo(of("timezone", "UTC"));
    assertThat(outcome.wanted()).isEqualTo(of("timezone", "UTC").with("search_path", "a"));
  }
}
