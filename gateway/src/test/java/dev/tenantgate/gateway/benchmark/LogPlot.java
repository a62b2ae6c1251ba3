package dev.tenantgate.gateway.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One panel of a plot: lines over two logarithmic axes, as SVG. The same figures give the same
 * text. Immutable.
 *
 * @param title the question that it answers
 * @param across of the axis to the right
 * @param unit of the axis upwards
 * @param lines those without a point aren't drawn
 */
record LogPlot(String title, String across, String unit, List<Line> lines) {

  static final int WIDTH = 470;
  static final int HEIGHT = 290;

  private static final int LEFT = 58;
  private static final int RIGHT = 22;
  private static final int TOP = 40;
  private static final int BOTTOM = 48;
  private static final int TICK = 4;
  private static final double BASELINE = 4;

  /** The steps of a decade that the axis upwards may begin, end and be labelled at. */
  private static final List<Integer> STEPS = List.of(1, 2, 5);

  /** Of the axis upwards, if there were more they would be hard to tell apart. */
  private static final int MOST_LABELS = 9;

  /**
   * A line.
   *
   * @param label as the legend has it
   * @param style the name of its CSS class
   */
  record Line(String label, String style, List<Point> points) {}

  /** A figure; both of its parts are more than 0. */
  record Point(double x, double y) {}

  /** Where an axis begins and ends, in the units of the figures. */
  private record Range(double from, double to) {

    /** From 0 to 1, where a figure lies. */
    double part(double value) {
      return to > from ? Math.log(value / from) / Math.log(to / from) : 0.5;
    }
  }

  /** Its elements, to be put at a place of the whole picture. */
  String svg(int left, int top) {
    List<Point> all = lines.stream().flatMap(line -> line.points().stream()).toList();
    StringBuilder svg = new StringBuilder();
    svg.append(format("<g transform=\"translate(%d %d)\">%n", left, top));
    svg.append(
        format("<text class=\"title\" x=\"%d\" y=\"24\">%s, %s</text>%n", LEFT, title, unit));
    if (!all.isEmpty()) {
      List<Double> stops = all.stream().map(Point::x).distinct().sorted().toList();
      List<Double> steps = steps(all);
      Range x = new Range(stops.get(0), stops.get(stops.size() - 1));
      Range y = new Range(steps.get(0), steps.get(steps.size() - 1));
      axes(svg, stops, steps, x, y);
      lines.stream()
          .filter(line -> !line.points().isEmpty())
          .forEach(line -> line(svg, line, x, y));
    }
    return svg.append("</g>\n").toString();
  }

  private void axes(StringBuilder svg, List<Double> stops, List<Double> steps, Range x, Range y) {
    int right = WIDTH - RIGHT;
    int bottom = HEIGHT - BOTTOM;
    for (double step : labelled(steps)) {
      double at = up(step, y);
      svg.append(
          format(
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
              LEFT, right, at, at));
      svg.append(
          format(
              "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
              LEFT - 2 * TICK, at + BASELINE, number(step)));
    }
    svg.append(format("<path class=\"axis\" d=\"M%d %dV%dH%d\"/>%n", LEFT, TOP, bottom, right));
    for (double stop : stops) {
      double at = along(stop, x);
      svg.append(
          format(
              "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n",
              at, at, bottom, bottom + TICK));
      svg.append(
          format(
              "<text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>%n",
              at, bottom + 17, number(stop)));
    }
    svg.append(
        format(
            "<text class=\"middle\" x=\"%d\" y=\"%d\">%s</text>%n",
            (LEFT + right) / 2, bottom + 35, across));
  }

  private void line(StringBuilder svg, Line line, Range x, Range y) {
    String way =
        line.points().stream()
            .map(point -> format("%.1f,%.1f", along(point.x(), x), up(point.y(), y)))
            .collect(Collectors.joining(" "));
    svg.append(format("<polyline class=\"%s\" points=\"%s\"/>%n", line.style(), way));
    for (Point point : line.points()) {
      svg.append(
          format(
              "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%s</title></circle>%n",
              line.style(),
              along(point.x(), x),
              up(point.y(), y),
              format(
                  "%s: %s %s, %s %s",
                  line.label(), number(point.x()), across, number(point.y()), unit)));
    }
  }

  private static double along(double value, Range range) {
    return LEFT + range.part(value) * (WIDTH - LEFT - RIGHT);
  }

  private static double up(double value, Range range) {
    return HEIGHT - BOTTOM - range.part(value) * (HEIGHT - TOP - BOTTOM);
  }

  /** The steps from below the smallest figure to above the largest. */
  private static List<Double> steps(List<Point> points) {
    double least = points.stream().mapToDouble(Point::y).min().orElse(1);
    double most = points.stream().mapToDouble(Point::y).max().orElse(1);
    List<Double> steps = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(least)); ; power++) {
      for (int step : STEPS) {
        double value = step * Math.pow(10, power);
        if (value <= least) {
          steps.clear();
        }
        steps.add(value);
        if (value > most) {
          return steps;
        }
      }
    }
  }

  /** All of them, or only the powers of ten where there are many. */
  private static List<Double> labelled(List<Double> steps) {
    if (steps.size() <= MOST_LABELS) {
      return steps;
    }
    return steps.stream()
        .filter(step -> Math.abs(Math.rint(Math.log10(step)) - Math.log10(step)) < 1e-6)
        .toList();
  }

  /** With as many digits as a reader needs. */
  private static String number(double value) {
    return value >= 100 || value == Math.rint(value)
        ? format("%,.0f", value)
        : value >= 1 ? format("%.1f", value) : format("%.2f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
