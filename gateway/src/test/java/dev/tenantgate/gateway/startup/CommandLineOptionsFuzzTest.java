package dev.tenantgate.gateway.startup;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Any options: what is taken out is gone, and what is left is read again as it is. */
class CommandLineOptionsFuzzTest {

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
