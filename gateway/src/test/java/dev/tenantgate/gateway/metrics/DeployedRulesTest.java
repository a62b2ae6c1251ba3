package dev.tenantgate.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The alerts and the dashboard that ship ask for metrics that there are, and the alerts fire. */
class DeployedRulesTest {

  private static final Path DEPLOY = Path.of("../deploy");
  private static final Pattern METRIC = Pattern.compile("\\b(?:tenantgate|jvm|process)_[a-z0-9_]+");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\|");

  private static Set<String> named(String text) {
    Set<String> names = new TreeSet<>();
    METRIC.matcher(text).results().map(MatchResult::group).forEach(names::add);
    return names;
  }

  /** Every series of METRICS.md, those of histograms and summaries among them. */
  private static Set<String> series() throws IOException {
    Set<String> series = new TreeSet<>();
    ROW.matcher(Files.readString(Path.of("METRICS.md")))
        .results()
        .forEach(
            row -> {
              series.add(row.group(1));
              if (row.group(2).equals("histogram") || row.group(2).equals("summary")) {
                Stream.of("_bucket", "_sum", "_count")
                    .forEach(end -> series.add(row.group(1) + end));
              }
            });
    return series;
  }

  private static List<String> expressions(JsonNode dashboard) {
    List<String> expressions = new ArrayList<>();
    dashboard.findValuesAsText("expr", expressions);
    return expressions;
  }

  @Test
  void alertsAskForMetricsThatThereAre() throws Exception {
    String rules = Files.readString(DEPLOY.resolve("prometheus/rules.yaml"));
    assertThat(series()).containsAll(named(rules));
  }

  @Test
  void dashboardAsksForMetricsThatThereAreAndShowsWhereThereIsNone() throws Exception {
    JsonNode dashboard =
        new ObjectMapper().readTree(DEPLOY.resolve("grafana/dashboard.json").toFile());
    List<String> expressions = expressions(dashboard);
    assertThat(series()).containsAll(named(String.join("\n", expressions)));
    assertThat(expressions).noneMatch(expression -> expression.contains("vector(0)"));
    for (JsonNode panel : dashboard.get("panels")) {
      if (!panel.get("type").asText().equals("row")) {
        assertThat(panel.at("/fieldConfig/defaults/noValue").asText()).isEqualTo("no data");
      }
    }
  }

  /** Each alert has a test that has it fire, and one that has it be silent. */
  @Test
  void alertsFireAndAreSilentAsTheirTestsSay() throws Exception {
    boolean there =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    assumeTrue(there, "promtool isn't installed: the alerts' own tests aren't run");
    Process promtool =
        new ProcessBuilder("promtool", "test", "rules", "rules-test.yaml")
            .directory(DEPLOY.resolve("prometheus").toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(promtool.waitFor()).describedAs(output).isZero();
  }

  @Test
  void everyAlertHasATest() throws Exception {
    String rules = Files.readString(DEPLOY.resolve("prometheus/rules.yaml"));
    String tests = Files.readString(DEPLOY.resolve("prometheus/rules-test.yaml"));
    Pattern.compile("alert: (\\w+)")
        .matcher(rules)
        .results()
        .forEach(alert -> assertThat(tests).contains('"' + alert.group(1) + '"'));
  }
}
