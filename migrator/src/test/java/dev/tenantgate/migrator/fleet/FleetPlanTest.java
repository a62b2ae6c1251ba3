package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.Portion;
import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.config.RolloutSettings.AfterWave;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetStage.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FleetPlanTest {

  private static final RolloutSettings WAVES_OF_THREE =
      RolloutSettings.STANDARD.wave(Portion.of(3), Duration.ZERO, AfterWave.GO_ON);

  private static List<SchemaRef> tenants(int count) {
    return IntStream.range(0, count).mapToObj(FleetPlanTest::tenant).toList();
  }

  private static SchemaRef tenant(int number) {
    return new SchemaRef("tenant_" + number, Integer.toString(number));
  }

  private static List<SchemaRef> withPublic(List<SchemaRef> tenants) {
    List<SchemaRef> all = new ArrayList<>(List.of(SchemaRef.PUBLIC));
    all.addAll(tenants);
    return all;
  }

  @Test
  void publicThenCanariesThenWaves() {
    FleetPlan plan =
        FleetPlan.of(withPublic(tenants(8)), List.of(tenant(5), tenant(2)), WAVES_OF_THREE, true);

    assertThat(plan.stages())
        .extracting(FleetStage::toString)
        .containsExactly("public", "canary", "wave 1 of 2", "wave 2 of 2");
    assertThat(plan.stages().get(1).schemas()).containsExactly(tenant(5), tenant(2));
    assertThat(plan.stages().get(2).schemas()).containsExactly(tenant(0), tenant(1), tenant(3));
    assertThat(plan.schemas()).hasSize(9).doesNotHaveDuplicates();
  }

  @Test
  void onTheWayBackPublicIsLast() {
    FleetPlan plan =
        FleetPlan.of(withPublic(tenants(2)), List.of(), RolloutSettings.STANDARD, false);

    assertThat(plan.stages()).extracting(FleetStage::kind).containsExactly(Kind.WAVE, Kind.PUBLIC);
  }

  @Test
  void aShareOfTheTenantsIsAWave() {
    RolloutSettings tenths =
        RolloutSettings.STANDARD.wave(Portion.percent(10), Duration.ZERO, AfterWave.GO_ON);

    FleetPlan plan = FleetPlan.of(tenants(95), List.of(), tenths, true);

    assertThat(plan.stages()).hasSize(10);
    assertThat(plan.stages().get(9).schemas()).hasSize(5);
  }

  @Test
  void nothingToDoIsNoStage() {
    assertThat(FleetPlan.of(List.of(), List.of(), WAVES_OF_THREE, true).stages()).isEmpty();
  }

  @Test
  void whatIsLeftKeepsItsStages() {
    FleetPlan plan = FleetPlan.of(tenants(8), List.of(tenant(7)), WAVES_OF_THREE, true);

    FleetPlan rest = FleetPlan.rest(plan.rows(), Set.of(tenant(1), tenant(4), tenant(6)));

    assertThat(rest.stages())
        .containsExactly(
            new FleetStage(Kind.WAVE, 1, 3, List.of(tenant(1))),
            new FleetStage(Kind.WAVE, 2, 3, List.of(tenant(4))),
            new FleetStage(Kind.WAVE, 3, 3, List.of(tenant(6))));
  }
}
