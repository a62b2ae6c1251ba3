package dev.tenantgate.gateway.startup;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tenantgate.gateway.testing.SeededInputs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any options: what is taken out is gone, and what is left is read again as it is. */
class CommandLineOptionsFuzzTest {

  @Test
  void seeded() {
    SeededInputs.of(
            CommandLineOptionsFuzzTest.class,
            "anyOptions",
            "-c ",
            "--search-path=",
            "search_path=",
            "\\ ")
        .each(this::anyOptions);
  }

  @FuzzTest(maxDuration = "10s")
  void anyOptions(byte[] input) {
    String options = new String(input, StandardCharsets.UTF_8);
    String rest;
    try {
      rest = CommandLineOptions.takeSettings(options, (name, value) -> isPath(name));
    } catch (InvalidStartupParameter e) {
      return;
    }
    List<String> left = new ArrayList<>();
    CommandLineOptions.takeSettings(
        rest,
        (name, value) -> {
          left.add(name);
          return false;
        });
    assertThat(left).noneMatch(CommandLineOptionsFuzzTest::isPath);
  }

  private static boolean isPath(String name) {
    return name.equals("search_path");
  }
}
