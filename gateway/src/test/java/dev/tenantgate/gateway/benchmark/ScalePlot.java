package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.LogPlot.Line;
import dev.tenantgate.gateway.benchmark.LogPlot.Point;
import dev.tenantgate.gateway.benchmark.ScalePoint.Axis;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The picture of the sweep: a row for each figure, with tenants on the left and clients on the
 * right. Its colours follow the reader's, light or dark. Immutable.
 *
 * @param growth a line of its own in the memory over tenants
 */
record ScalePlot(List<ScalePoint> points, List<BackendGrowth> growth) {

  private static final int LEGEND = 64;
  private static final double MEBIBYTE = 1 << 20;

  private static final String STYLE =
      """
      <style>
      svg { --ground: #ffffff; --ink: #24292f; --faint: #d8dee4;
            --ours: #0a5fd1; --theirs: #c4540a; --server: #5c6670; }
      @media (prefers-color-scheme: dark) {
        svg { --ground: #0d1117; --ink: #e6edf3; --faint: #30363d;
              --ours: #6cb0ff; --theirs: #ffa657; --server: #9aa4af; }
      }
      text { font: 12px system-ui, sans-serif; fill: var(--ink); }
      .title { font-weight: 600; font-size: 13px; }
      .middle { text-anchor: middle; }
      .end { text-anchor: end; }
      .grid { stroke: var(--faint); }
      .axis { stroke: var(--ink); fill: none; }
      polyline { fill: none; stroke-width: 2; }
      .gateway-path, .gateway-set { stroke: var(--ours); }
      .bouncer-path, .bouncer-set { stroke: var(--theirs); }
      .server { stroke: var(--server); }
      .gateway-set, .bouncer-set { stroke-dasharray: 6 4; }
      circle { stroke-dasharray: none !important; fill: var(--ground); stroke-width: 1.5; }
      circle.gateway-path { fill: var(--ours); }
      circle.bouncer-path { fill: var(--theirs); }
      circle.server { fill: var(--server); }
      </style>
      """;

  /** The lines of both poolers: how the legend has it, and its style. */
  private enum Kind {
    GATEWAY_PATH("Tenantgate, client’s own path", "gateway-path", ScaleLoad.OWN_PATH, true),
    GATEWAY_SET("Tenantgate, SET LOCAL", "gateway-set", ScaleLoad.SET_LOCAL, true),
    BOUNCER_PATH("PgBouncer, tracking search_path", "bouncer-path", ScaleLoad.OWN_PATH, false),
    BOUNCER_SET("PgBouncer, SET LOCAL", "bouncer-set", ScaleLoad.SET_LOCAL, false);

    private final String label;
    private final String style;
    private final ScaleLoad load;
    private final boolean gateway;

    Kind(String label, String style, ScaleLoad load, boolean gateway) {
      this.label = label;
      this.style = style;
      this.load = load;
      this.gateway = gateway;
    }

    boolean holds(ScalePoint point) {
      return point.load() == load && point.peer().isGateway() == gateway;
    }
  }

  /** The whole file. */
  String svg() {
    StringBuilder svg = new StringBuilder();
    int width = 2 * LogPlot.WIDTH;
    int height = LEGEND + 3 * LogPlot.HEIGHT;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
            .formatted(width, height));
    svg.append(
        "<title>The cost of scale: CPU, memory and latency over tenants and clients</title>\n");
    svg.append(STYLE);
    svg.append("<rect width=\"100%\" height=\"100%\" style=\"fill: var(--ground)\"/>\n");
    legend(svg);
    int row = 0;
    for (List<LogPlot> panels : List.of(cpu(), memory(), latency())) {
      int top = LEGEND + row * LogPlot.HEIGHT;
      svg.append(panels.get(0).svg(0, top)).append(panels.get(1).svg(LogPlot.WIDTH, top));
      row++;
    }
    return svg.append("</svg>\n").toString();
  }

  private static void legend(StringBuilder svg) {
    List<Line> entries = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      entries.add(new Line(kind.label, kind.style, List.of()));
    }
    entries.add(new Line("PostgreSQL, client’s own path", "server", List.of()));
    for (int i = 0; i < entries.size(); i++) {
      int left = 58 + i / 2 * 300;
      int top = 20 + i % 2 * 22;
      Line entry = entries.get(i);
      svg.append(
          "<polyline class=\"%s\" points=\"%d,%d %d,%d\"/>\n"
              .formatted(entry.style(), left, top, left + 34, top));
      svg.append(
          "<text x=\"%d\" y=\"%d\">%s</text>\n".formatted(left + 42, top + 4, entry.label()));
    }
  }

  private List<LogPlot> cpu() {
    List<LogPlot> panels = new ArrayList<>();
    for (Axis axis : Axis.values()) {
      List<Line> lines = lines(axis, ScalePoint::allMicros);
      lines.add(server(axis));
      panels.add(new LogPlot("CPU per transaction", axis.label(), "µs", lines));
    }
    return panels;
  }

  /** PostgreSQL's processor time where each client has its own path, behind the gateway. */
  private Line server(Axis axis) {
    return line(
        axis,
        "PostgreSQL, client’s own path",
        "server",
        Kind.GATEWAY_PATH,
        ScalePoint::serverMicros);
  }

  private List<LogPlot> memory() {
    List<LogPlot> panels = new ArrayList<>();
    for (Axis axis : Axis.values()) {
      List<Line> lines = lines(axis, point -> point.residentBytes() / MEBIBYTE);
      if (axis == Axis.TENANTS) {
        lines.add(
            new Line(
                "one backend of PostgreSQL",
                "server",
                growth.stream()
                    .map(each -> new Point(each.tenants(), each.bytes() / MEBIBYTE))
                    .toList()));
      }
      panels.add(
          new LogPlot(
              axis == Axis.TENANTS
                  ? "Resident memory (PostgreSQL: of one backend)"
                  : "Resident memory",
              axis.label(),
              "MiB",
              lines));
    }
    return panels;
  }

  private List<LogPlot> latency() {
    List<LogPlot> panels = new ArrayList<>();
    for (Axis axis : Axis.values()) {
      panels.add(
          new LogPlot("p99 latency", axis.label(), "ms", lines(axis, ScalePoint::p99Millis)));
    }
    return panels;
  }

  private List<Line> lines(Axis axis, ToDoubleFunction<ScalePoint> figure) {
    List<Line> lines = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      lines.add(line(axis, kind.label, kind.style, kind, figure));
    }
    return lines;
  }

  private Line line(
      Axis axis, String label, String style, Kind kind, ToDoubleFunction<ScalePoint> figure) {
    return new Line(
        label,
        style,
        points.stream()
            .filter(point -> point.axis() == axis && kind.holds(point))
            .map(point -> new Point(point.at(), figure.applyAsDouble(point)))
            .filter(point -> point.y() > 0)
            .toList());
  }
}
