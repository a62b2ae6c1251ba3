package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.gate.GateWorld.Session;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.SchemaState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code tenantgate.min_version} and {@code tenantgate.max_version}. */
class RequirementTest {

  @Test
  void aConnectionMayNeedMoreThanIsConfigured() {
    try (GateWorld world =
        new GateWorld(new TestSettings().required(5)).has(GLOBEX, 5).knowing(GLOBEX)) {
      assertThat(world.connect(GLOBEX).isAdmitted()).isTrue();

      Session session = connect(world, "6", null);
      assertThat(session.isHeld()).isTrue();
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.database.get(GLOBEX)).isNotNull();
      assertThat(world.migrated).containsExactly(GLOBEX);
    }
  }

  @Test
  void leadingZerosDontMatter() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 7).knowing(GLOBEX)) {
      assertThat(connect(world, "00007", "0007").isAdmitted()).isTrue();
    }
  }

  @Test
  void aSchemaNewerThanTheConnectionAllowsIsRejectedWithBothVersions() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 7).knowing(GLOBEX)) {
      Session session = connect(world, null, "6");

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(session.refusal().message()).contains("version 7").contains("version 6");
    }
  }

  @Test
  void aConnectionThatAllowsLessIsntMigratedPastIt() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).has(SchemaRef.PUBLIC, 6).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = connect(world, null, "6");
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.migrated).containsExactly(GLOBEX);
      assertThat(world.stateOf(GLOBEX)).isEqualTo(SchemaState.BEHIND);
    }
  }

  @Test
  void aVersionTheChangelogLacksIsRejected() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 7).knowing(GLOBEX)) {
      Session session = connect(world, "9", null);

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(session.refusal().message())
          .isEqualTo(
              "tenant \"globex\" is at version 7 and needs version 9,"
                  + " but the changelog ends at version 7");
    }
  }

  @Test
  void aVersionTheChangelogLacksMayBeThereAlready() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 9).knowing(GLOBEX)) {
      assertThat(connect(world, "9", null).isAdmitted()).isTrue();
    }
  }

  @Test
  void wrongParametersAreNamed() {
    assertThatThrownBy(() -> Requirement.parse("x", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tenantgate.min_version: ");
    assertThatThrownBy(() -> Requirement.parse(null, "0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tenantgate.max_version: ");
    assertThatThrownBy(() -> Requirement.parse("7", "6"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("above tenantgate.max_version");
  }

  @Test
  void twoReleasesSideBySideMigrateOneAfterTheOther() {
    try (GateWorld world =
        new GateWorld(new TestSettings().required(5)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session first = connect(world, "6", null);
      Session second = connect(world, "7", null);
      world.settle();

      assertThat(first.isAdmitted()).isTrue();
      assertThat(second.isAdmitted()).isTrue();
      assertThat(world.migrated).containsExactly(GLOBEX, GLOBEX);
    }
  }

  private static Session connect(GateWorld world, @Nullable String min, @Nullable String max) {
    return world.connect(Requirement.parse(min, max), GLOBEX);
  }
}
