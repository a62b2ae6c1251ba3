package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParagraphHelpTest {

  @Test
  void whatIsSaidOfAnOptionGoesOnWhereItsLineEnded() {
    StringWriter out = new StringWriter();
    int exit =
        Tenantgate.run(new PrintWriter(out), new PrintWriter(out), "migrate", "up", "--help");

    List<String> lines = out.toString().lines().map(String::stripTrailing).toList();
    int first =
        lines.indexOf(
            "      --backup=DIR           Dumps each schema into this folder before it is");
    assertThat(exit).isZero();
    assertThat(first).isPositive();
    assertThat(lines.get(first + 1)).isEqualTo(" ".repeat(31) + "touched, by pg_dump.");
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
  }
}
