package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much memory the launcher gives the virtual machine; a script stands in for that. */
class LauncherMemoryTest {

  @TempDir Path home;

  @BeforeEach
  void install() throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Files.createFile(home.resolve("lib/tenantgate-gateway-1.jar"));
    Files.copy(Path.of("src/main/launcher/tenantgate"), bin.resolve("tenantgate"));
    Path java = Files.createDirectories(home.resolve("java/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    Files.writeString(home.resolve("java/release"), "JAVA_VERSION=\"17.0.1\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    assertThat(bin.resolve("tenantgate").toFile().setExecutable(true)).isTrue();
  }

  private List<String> options(String memory, String command) throws Exception {
    return options(memory, command, "");
  }

  private List<String> options(String memory, String command, String own) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", home.resolve("bin/tenantgate").toString(), command);
    builder.environment().putAll(Map.of("JAVA_HOME", home.resolve("java").toString()));
    builder.environment().put("TENANTGATE_JAVA_OPTS", own);
    builder.environment().put("TENANTGATE_MEMORY", memory);
    Process process = builder.redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return Arrays.asList(out.split("\n"));
  }

  @Test
  void whatItMayHaveIsShared() throws Exception {
    assertThat(options("1g", "serve"))
        .contains(
            "-Xmx409m", "-XX:MaxDirectMemorySize=256m", "-Dio.netty.maxDirectMemory=268435456");
    assertThat(options("2048m", "serve")).contains("-Xmx819m");
    assertThat(options("1073741824", "serve")).contains("-Xmx409m");
  }

  @Test
  void thereIsAFloorAndACeiling() throws Exception {
    assertThat(options("384m", "serve")).contains("-Xmx160m", "-XX:MaxDirectMemorySize=96m");
    assertThat(options("64g", "serve")).contains("-Xmx4096m", "-XX:MaxDirectMemorySize=2048m");
  }

  @Test
  void itFollowsTheMachine() throws Exception {
    String heap =
        options("", "serve").stream().filter(o -> o.startsWith("-Xmx")).findFirst().orElseThrow();
    assertThat(Integer.parseInt(heap.substring(4, heap.length() - 1))).isBetween(160, 4096);
  }

  @Test
  void optionsOfTheUserWin() throws Exception {
    List<String> given =
        options("1g", "serve", "-Xmx700m -XX:MaxDirectMemorySize=300m -XX:+UseG1GC");
    assertThat(given.lastIndexOf("-Xmx700m")).isGreaterThan(given.indexOf("-Xmx409m"));
    assertThat(given.lastIndexOf("-XX:MaxDirectMemorySize=300m"))
        .isGreaterThan(given.indexOf("-XX:MaxDirectMemorySize=256m"));
    assertThat(given).contains("-XX:+UseG1GC").doesNotContain("-XX:+UseSerialGC");
    assertThat(given).as("it would win").noneMatch(o -> o.startsWith("-Dio.netty.maxDirectMemory"));
  }

  @Test
  void aShareThatTheUserWantsIsNotOverridden() throws Exception {
    for (String own : List.of("-XX:MaxRAMPercentage=60", "-XX:MaxRAMPercentage=60.0 -Da=b")) {
      assertThat(options("1g", "serve", own))
          .contains(own.split(" ", -1))
          .noneMatch(option -> option.startsWith("-Xmx"));
      assertThat(options("1g", "migrate", own)).noneMatch(option -> option.startsWith("-Xmx"));
    }
  }

  @Test
  void commandsThatServeNobodyNeedLittle() throws Exception {
    assertThat(options("8g", "config")).contains("-Xmx160m");
  }

  @Test
  void anImpossibleSizeIsRefused() throws Exception {
    assertThat(options("lots", "serve"))
        .containsExactly(
            "tenantgate: TENANTGATE_MEMORY must be a size such as 512m or 2g, was lots");
    assertThat(options("100m", "serve"))
        .containsExactly("tenantgate: TENANTGATE_MEMORY must be 320m at least, was 100m");
  }
}
