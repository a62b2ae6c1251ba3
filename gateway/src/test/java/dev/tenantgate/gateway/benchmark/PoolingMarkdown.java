package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.PoolingTable.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The table of the pooling benchmark as a README has it: a line for each load and pooler beside the
 * gateway. A ratio that misses its target is told with it. Confined to one thread.
 */
final class PoolingMarkdown {

  private static final String BEGIN = "<!-- PoolingBenchmark: from here on its output -->";
  private static final String END = "<!-- PoolingBenchmark: up to here -->";

  /** Characters of a line of prose. */
  private static final int LINE = 120;

  private final List<String> head = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();
  private final List<String> foot = new ArrayList<>();

  /** The sentence above the table that tells of the figures, in lines short enough to read. */
  void head(String sentence) {
    StringBuilder line = new StringBuilder();
    for (String word : sentence.split(" ")) {
      if (line.length() + word.length() >= LINE) {
        head.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    head.add(line.toString());
  }

  /** A load, beside each of the other poolers that got it. */
  void load(PoolingRow row, List<Outcome> outcomes) {
    Outcome gateway = outcomes.get(0);
    Outcome best = PoolingTable.best(gateway, outcomes);
    String direct =
        outcomes.stream()
            .filter(each -> each.peer().isDirect())
            .map(each -> ratio(gateway.perSecond() / each.perSecond()))
            .findFirst()
            .orElse("");
    String name = row.name();
    for (Outcome each : outcomes) {
      if (each == gateway || each.peer().isDirect()) {
        continue;
      }
      boolean judged = each == best;
      double throughput = gateway.perSecond() / each.perSecond();
      double cpu = gateway.cpuMicros() / each.cpuMicros();
      double cold = gateway.cold() / gateway.perSecond();
      boolean first = !name.isEmpty();
      rows.add(
          "| %s | %s | %s | %s | %s | %s | %s | %s |"
              .formatted(
                  name,
                  each.peer().label().replace("PgBouncer, ", "PgBouncer "),
                  first ? figures(gateway) : "",
                  figures(each),
                  judged
                      ? aimed(throughput, throughput >= row.throughput(), "≥", row.throughput())
                      : ratio(throughput),
                  judged ? aimed(cpu, cpu <= row.cpu(), "≤", row.cpu()) : ratio(cpu),
                  first
                      ? aimed(cold, cold >= PoolingTable.COLD_TARGET, "≥", PoolingTable.COLD_TARGET)
                      : "",
                  first ? direct : ""));
      name = "";
    }
  }

  /** A line below the table. */
  void foot(String line) {
    foot.add(line);
  }

  private static String figures(Outcome of) {
    return String.format(
        Locale.ROOT,
        "%,.0f · %.1f + %.1f",
        of.perSecond(),
        of.median(round -> round.cpu().user()),
        of.median(round -> round.cpu().kernel()));
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String aimed(double value, boolean met, String relation, double aim) {
    if (met || Double.isNaN(aim)) {
      return ratio(value);
    }
    return String.format(Locale.ROOT, "%.2f, not %s %s", value, relation, aim);
  }

  /** The table, with what stands above it and below. */
  String text() {
    StringBuilder text = new StringBuilder();
    head.forEach(line -> text.append(line).append('\n'));
    text.append(
        """

        | load, clients | beside | Tenantgate: per s · CPU µs | the other | throughput | CPU | cold | direct |
        |---|---|---|---|---|---|---|---|
        """);
    rows.forEach(line -> text.append(line).append('\n'));
    if (!foot.isEmpty()) {
      text.append('\n');
      foot.forEach(line -> text.append("- ").append(line).append('\n'));
    }
    return text.toString();
  }

  /**
   * Puts the table in the place that a file has for it.
   *
   * @throws IllegalArgumentException if it has none
   */
  void putInto(Path file) throws IOException {
    String before = requirePlace(file);
    String head = before.substring(0, before.indexOf(BEGIN) + BEGIN.length());
    Files.writeString(file, head + "\n" + text() + before.substring(before.indexOf(END)));
  }

  /**
   * Makes sure that a file has a place for the table.
   *
   * @return its text
   * @throws IllegalArgumentException if it has none; the message says what marks it
   */
  static String requirePlace(Path file) throws IOException {
    String text = Files.readString(file);
    int from = text.indexOf(BEGIN);
    if (from < 0 || text.indexOf(END) < from) {
      throw new IllegalArgumentException(
          "%s has no place for the table, which stands between the lines %s and %s"
              .formatted(file, BEGIN, END));
    }
    return text;
  }
}
