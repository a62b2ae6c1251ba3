package dev.tenantgate.gateway.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tenantgate.gateway.benchmark.ScalePoint.Axis;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleModelTest {

  private static final int KIBIBYTE = 1 << 10;
  private static final int MEBIBYTE = 1 << 20;

  /** A gateway of 100 MiB, 4 KiB for each client and 2 KiB for each tenant. */
  private static ScalePoint point(ScaleLoad load, int tenants, int clients) {
    return new ScalePoint(
        Axis.TENANTS,
        load,
        Peer.GATEWAY,
        tenants,
        clients,
        10_000,
        1,
        5,
        new CpuTime.Split(20, 30),
        100,
        100L * MEBIBYTE + 4L * KIBIBYTE * clients + 2L * KIBIBYTE * tenants);
  }

  private static ScaleModel model(List<ScalePoint> points) {
    return ScaleModel.of(
        points, List.of(new BackendGrowth(0, 0), new BackendGrowth(10, 10 * KIBIBYTE)), 20, 400);
  }

  private static List<ScalePoint> sweep() {
    return List.of(
        point(ScaleLoad.SET_LOCAL, 10, 64),
        point(ScaleLoad.SET_LOCAL, 10_000, 64),
        point(ScaleLoad.OWN_PATH, 10_000, 10_000),
        point(ScaleLoad.OWN_PATH, 1_000, 4_000));
  }

  @Test
  void memoryIsFittedByClientsAndTenants() {
    ScaleModel model = model(sweep());

    assertThat(model.baseBytes()).isCloseTo(100 * MEBIBYTE, within(1.0 * KIBIBYTE));
    assertThat(model.clientBytes()).isCloseTo(4 * KIBIBYTE, within(1.0));
    assertThat(model.tenantBytes()).isCloseTo(2 * KIBIBYTE, within(1.0));
    assertThat(model.errorBytes()).isLessThan(KIBIBYTE);
  }

  @Test
  void aFigureThatNeverChangesHasNoPartInTheModel() {
    ScaleModel model =
        model(List.of(point(ScaleLoad.SET_LOCAL, 10, 64), point(ScaleLoad.OWN_PATH, 10, 10_000)));

    assertThat(model.clientBytes()).isCloseTo(4 * KIBIBYTE, within(1.0));
    assertThat(model.tenantBytes()).isZero();
  }

  @Test
  void coresHoldWhatTheirTimeIsEnoughFor() {
    assertThat(ScaleModel.perSecond(2, 50)).isCloseTo(28_000, within(0.1));
    assertThat(ScaleModel.inHeap(2, KIBIBYTE)).isCloseTo(0.7 * 0.8 * MEBIBYTE, within(1.0));
    assertThat(ScaleModel.inHeap(32, KIBIBYTE)).isCloseTo(0.7 * 4 * MEBIBYTE, within(1.0));
  }

  @Test
  void theModelSaysWhichSideIsFullFirst() {
    List<String> lines = new ArrayList<>();
    model(sweep()).print(lines::add);

    assertThat(lines)
        .anyMatch(line -> line.contains("on as many cores PostgreSQL is full first"))
        .anyMatch(line -> line.contains("= 100 MiB + 4.0 KiB x clients + 2.0 KiB x tenants"))
        .anyMatch(line -> line.contains("room for 19 pools of 20"))
        .anyMatch(line -> line.contains("keeps 1.0 KiB of each tenant"));
  }
}
