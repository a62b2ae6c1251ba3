package dev.tenantgate.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.console.Command.Act;
import dev.tenantgate.gateway.console.Command.Verb;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** The type of a column, and how its values are sent. */
class CommandReaderTest {

  @Test
  void caseCommentsAndSemicolonsDoNotMatter() {
    assertThat(CommandReader.read(" sHoW /* a /* nested */ one */ Pools ; -- and no more\n;"))
        .containsExactly(new Command.Show(Shown.POOLS));
    assertThat(CommandReader.read(" ;; -- nothing")).isEmpty();
  }

  @Test
  void severalCommandsAreReadInOrder() {
    assertThat(CommandReader.read("PAUSE tenant \"Acme;1\"; resume App; kill"))
        .containsExactly(
            new Act(Verb.PAUSE, new Target.Tenant("Acme;1")),
            new Act(Verb.RESUME, new Target.Database("app")),
            new Act(Verb.KILL, new Target.All()));
  }

  @Test
  void whatIsUnknownSaysWhatThereIs() {
    assertThatThrownBy(() -> CommandReader.read("SHOW tables; PAUSE"))
        .hasMessage("invalid command 'SHOW tables', use SHOW HELP;")
        .isInstanceOfSatisfying(
            ConsoleException.class, e -> assertThat(e.report().hint()).contains("SHOW HELP|"));
    assertThatThrownBy(() -> CommandReader.read("PAUSE 'app"))
        .hasMessage("unterminated quoted text");
    assertThatThrownBy(() -> CommandReader.read("begin;".repeat(101)))
        .hasMessageContaining("at most 100");
  }

  @Test
  void numericsAreSentInTheServersBinaryFormat() {
    assertThat(binary(0)).isEqualTo("0000000000000000");
    assertThat(binary(12_345_678)).isEqualTo("000200010000000004d2162e");
    assertThat(binary(-10_000)).isEqualTo("00020001400000000001" + "0000");
  }

  private static String binary(long value) {
    ByteBuf out = Unpooled.buffer();
    ColumnType.NUMERIC.writeBinary(out, value);
    return ByteBufUtil.hexDump(out);
  }
}
