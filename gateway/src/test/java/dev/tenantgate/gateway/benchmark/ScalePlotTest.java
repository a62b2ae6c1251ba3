package dev.tenantgate.gateway.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tenantgate.gateway.benchmark.ScalePoint.Axis;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ScalePlotTest {

  private static final List<ScalePoint> POINTS =
      List.of(
          point(Axis.TENANTS, ScaleLoad.SET_LOCAL, Peer.GATEWAY, 10, 64, 90),
          point(Axis.TENANTS, ScaleLoad.SET_LOCAL, Peer.GATEWAY, 100, 64, 95),
          point(Axis.TENANTS, ScaleLoad.SET_LOCAL, Peer.GATEWAY, 1_000, 64, 100),
          point(Axis.TENANTS, ScaleLoad.SET_LOCAL, Peer.BOUNCER, 1_000, 64, 55),
          point(Axis.CLIENTS, ScaleLoad.OWN_PATH, Peer.GATEWAY, 1_000, 16, 30),
          point(Axis.CLIENTS, ScaleLoad.OWN_PATH, Peer.BOUNCER_TRACKING, 1_000, 16, 20));

  private static final List<BackendGrowth> GROWTH = List.of(new BackendGrowth(10, 3 << 20));

  private static ScalePoint point(
      Axis axis, ScaleLoad load, Peer peer, int tenants, int clients, double micros) {
    return new ScalePoint(
        axis,
        load,
        peer,
        tenants,
        clients,
        10_000,
        1,
        5,
        new CpuTime.Split(micros / 4, micros * 3 / 4),
        0,
        100 << 20);
  }

  private static List<Element> markers(String svg, String title) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    NodeList circles = document.getElementsByTagName("circle");
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < circles.getLength(); i++) {
      Element circle = (Element) circles.item(i);
      if (circle.getTextContent().startsWith(title)) {
        found.add(circle);
      }
    }
    return found;
  }

  private static double place(Element marker, String attribute) {
    return Double.parseDouble(marker.getAttribute(attribute));
  }

  @Test
  void eachPointIsAMarkerInEachOfTheThreePanelsOfItsAxis() throws Exception {
    String svg = new ScalePlot(POINTS, GROWTH).svg();

    assertThat(markers(svg, "")).hasSize(3 * POINTS.size() + GROWTH.size());
    assertThat(markers(svg, "Tenantgate, SET LOCAL: 1,000 tenants"))
        .extracting(Element::getTextContent)
        .containsExactly(
            "Tenantgate, SET LOCAL: 1,000 tenants, 100 µs",
            "Tenantgate, SET LOCAL: 1,000 tenants, 100 MiB",
            "Tenantgate, SET LOCAL: 1,000 tenants, 5 ms");
    assertThat(markers(svg, "one backend of PostgreSQL: 10 tenants, 3 MiB")).hasSize(1);
  }

  @Test
  void equalRatiosAreEqualDistances() throws Exception {
    List<Element> markers =
        markers(new ScalePlot(POINTS, GROWTH).svg(), "Tenantgate, SET LOCAL: 1");
    double ten = place(markers.get(0), "cx");
    double hundred = place(markers.get(1), "cx");
    double thousand = place(markers.get(2), "cx");

    assertThat(hundred - ten).isPositive().isCloseTo(thousand - hundred, within(0.2));
  }

  @Test
  void moreIsHigherUp() throws Exception {
    String svg = new ScalePlot(POINTS, GROWTH).svg();
    Element ours = markers(svg, "Tenantgate, SET LOCAL: 1,000 tenants, 100 µs").get(0);
    Element theirs = markers(svg, "PgBouncer, SET LOCAL: 1,000 tenants, 55 µs").get(0);

    assertThat(place(ours, "cy")).isLessThan(place(theirs, "cy"));
    assertThat(place(ours, "cx")).isEqualTo(place(theirs, "cx"));
  }

  @Test
  void theSameFiguresGiveTheSameFile() {
    assertThat(new ScalePlot(POINTS, GROWTH).svg()).isEqualTo(new ScalePlot(POINTS, GROWTH).svg());
  }
}
