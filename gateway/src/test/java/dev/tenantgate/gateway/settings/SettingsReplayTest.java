package dev.tenantgate.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.statements.GatewayNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsReplayTest {

  private static List<String> messages(SessionSettings from, SessionSettings to) {
    SettingsReplay replay = new SettingsReplay(from, to);
    List<String> messages = new ArrayList<>();
    ByteBuf out = replay.encode(UnpooledByteBufAllocator.DEFAULT, false);
    while (out.isReadable()) {
      char type = (char) out.readByte();
      String body =
          out.readString(out.readInt() - 4, StandardCharsets.UTF_8)
              .replaceAll("[\\x00-\\x1f]+", " ");
      if (type != 'E') {
        messages.add(type + " " + body.replace(GatewayNames.prefix() + "set", "").strip());
      }
    }
    out.release();
    return messages;
  }

  private static SessionSettings of(String... entries) {
    SessionSettings settings = SessionSettings.NONE;
    for (int i = 0; i < entries.length; i += 2) {
      settings = settings.with(entries[i], entries[i + 1]);
    }
    return settings;
  }

  @Test
  void changesOnlyWhatDiffers() {
    assertThat(
            messages(
                of("datestyle", "German", "jit", "off", "search_path", "a"),
                of("datestyle", "German", "search_path", "b", "work_mem", "1MB")))
        .containsExactly("Q RESET \"jit\";", "B search_path b", "B work_mem 1MB", "S ");
    assertThat(new SettingsReplay(of("jit", "on"), of("jit", "on")).isEmpty()).isTrue();
  }

  @Test
  void valuesTravelAsValues() {
    assertThat(messages(SessionSettings.NONE, of("search_path", "a'; DROP TABLE b; --")))
        .containsExactly("B search_path a'; DROP TABLE b; --", "S ");
    assertThat(messages(of("app.\"x\"", "1"), SessionSettings.NONE))
        .containsExactly("Q RESET \"app\".\"\"\"x\"\"\";");
  }

  @Test
  void whatIsNotAsciiIsSentInUtf8AndTheClientsEncodingComesLast() {
    assertThat(
            messages(
                of("client_encoding", "LATIN1"),
                of("client_encoding", "LATIN1", "search_path", "mü")))
        .containsExactly(
            "B client_encoding UTF8", "B search_path mü", "B client_encoding LATIN1", "S ");
    assertThat(messages(of("client_encoding", "LATIN1"), of("search_path", "mü")))
        .containsExactly(
            "Q RESET \"client_encoding\";",
            "B client_encoding UTF8",
            "B search_path mü",
            "S ",
            "Q RESET \"client_encoding\";");
    assertThat(messages(SessionSettings.NONE, of("client_encoding", "SJIS", "work_mem", "1MB")))
        .containsExactly("B work_mem 1MB", "B client_encoding SJIS", "S ");
  }

  @Test
  void theUserWhoLoggedInSetsWhatOthersMayNot() {
    assertThat(messages(of("role", "a"), of("role", "a", "log_statement", "none")))
        .containsExactly("Q RESET \"role\";", "B log_statement none", "B role a", "S ");
    assertThat(messages(of("role", "a", "log_statement", "none"), of("role", "b")))
        .containsExactly("Q RESET \"role\";RESET \"log_statement\";", "B role b", "S ");
    assertThat(messages(of("role", "a"), of("role", "a", "work_mem", "1MB")))
        .containsExactly("B work_mem 1MB", "S ");
  }

  @Test
  void aRoleComesBehindTheSessionsUserWhichTakesItOff() {
    assertThat(messages(of("role", "a", "session_authorization", "u"), of("role", "a")))
        .containsExactly("Q RESET \"session_authorization\";RESET \"role\";", "B role a", "S ");
    assertThat(messages(of("role", "a"), of("role", "a", "session_authorization", "u")))
        .containsExactly("Q RESET \"role\";", "B session_authorization u", "B role a", "S ");
    assertThat(messages(of("session_authorization", "u"), of("session_authorization", "v")))
        .containsExactly(
            "Q RESET \"session_authorization\";RESET \"role\";", "B session_authorization v", "S ");
  }

  @Test
  void whatMayFailIsWaitedFor() {
    assertThat(new SettingsReplay(SessionSettings.NONE, of("search_path", "a")).isCertain())
        .isTrue();
    assertThat(new SettingsReplay(SessionSettings.NONE, of("role", "a")).isCertain()).isFalse();
    assertThat(new SettingsReplay(SessionSettings.NONE, of("app.x", "a")).isCertain()).isFalse();
  }
}
