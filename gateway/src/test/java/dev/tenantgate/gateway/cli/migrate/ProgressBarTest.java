package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

  private final StringWriter terminal = new StringWriter();

  @Test
  void showsHowFarItIs() {
    assertThat(ProgressBar.text(0, 10, 0)).isEqualTo("[" + ".".repeat(40) + "] 0/10 schemas");
    assertThat(ProgressBar.text(5, 10, 0))
        .isEqualTo("[" + "#".repeat(20) + ".".repeat(20) + "] 5/10 schemas");
    assertThat(ProgressBar.text(10, 10, 2))
        .isEqualTo("[" + "#".repeat(40) + "] 10/10 schemas, 2 failed");
  }

  @Test
  void alwaysDrawsTheFirstAndTheLast() {
    ProgressBar bar = new ProgressBar(new PrintWriter(terminal), true);

    bar.show(1, 3);
    bar.show(3, 3);

    assertThat(terminal.toString()).contains(" 1/3 ").contains(" 3/3 ");
  }

  @Test
  void writesNothingWhereNobodyWatches() {
    ProgressBar bar = new ProgressBar(new PrintWriter(terminal), false);

    bar.show(1, 1);
    bar.clear();

    assertThat(terminal.toString()).isEmpty();
  }
}
