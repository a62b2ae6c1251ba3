package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.gate.GateWorld.ACME;
import static dev.tenantgate.gateway.gate.GateWorld.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.gateway.gate.GateWorld.Session;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.migrator.SchemaRef;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which sessions are admitted, held and rejected, by the rules. */
class GateTest {

  @Test
  void aKnownCurrentTenantIsAdmittedAtOnceWithoutAnyRead() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(ACME, 7).knowing(ACME)) {
      Session session = world.connect(ACME);

      assertThat(session.isAdmitted()).isTrue();
      assertThat(session.wasTold()).isFalse();
      assertThat(world.readers.waiting()).isZero();
      assertThat(world.reads).isEmpty();
    }
  }

  @Test
  void anUnknownTenantIsLookedUpTogetherWithPublic() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(ACME, 7)) {
      Session session = world.connect(ACME);
      assertThat(session.isHeld()).isTrue();

      world.settle();

      assertThat(session.isAdmitted()).isTrue();
      assertThat(world.reads.stream().mapToInt(List::size).sum()).isEqualTo(2);
    }
  }

  @Test
  void ofALongPathLittleIsLookedUpBehindTheFirstThatIsNotThere() {
    try (GateWorld world = new GateWorld(new TestSettings())) {
      SchemaRef[] path = new SchemaRef[10_000];
      for (int i = 0; i < path.length; i++) {
        path[i] = new SchemaRef("tenant_t" + i, "t" + i);
      }
      Session session = world.connect(Requirement.NONE, path);

      world.settle();

      assertThat(session.isHeld()).isFalse();
      assertThat(session.isAdmitted()).isFalse();
      assertThat(world.reads.stream().mapToInt(List::size).sum()).isLessThan(100);
    }
  }

  @Test
  void aSessionStoppedByPublicIsToldForWhichTenantAndWhy() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).failed(SchemaRef.PUBLIC, 5, "boom").has(GLOBEX, 7)) {
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.refusal().message())
          .isEqualTo(
              "tenant \"globex\" depends on schema \"public\", which is at version 5"
                  + " and needs version 7, but its migration failed");
    }
  }

  @Test
  void aTenantThatIsCurrentPassesWhileAnotherIsHeld() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).has(ACME, 7).has(GLOBEX, 5).knowing(ACME)) {
      Session held = world.connect(GLOBEX);
      Session passed = world.connect(ACME);

      assertThat(passed.isAdmitted()).isTrue();
      assertThat(held.isHeld()).isTrue();
    }
  }

  @Test
  void policyRejectTellsBothVersionsAndStartsNothing() {
    try (GateWorld world =
        new GateWorld(new TestSettings().policy(Policy.REJECT)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);

      assertThat(session.refusal().sqlState()).isEqualTo("57P03");
      assertThat(session.refusal().message())
          .isEqualTo("tenant \"globex\" is at version 5 and needs version 7");
      assertThat(session.refusal().detail())
          .isEqualTo("Pending migrations: 6 (step_6), 7 (step_7).");
      assertThat(world.workers.waiting()).isZero();
    }
  }

  @Test
  void policyWarnLetsThroughWithAWarning() {
    try (GateWorld world =
        new GateWorld(new TestSettings().policy(Policy.WARN)).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);

      assertThat(((Admission.Admitted) session.decision()).warning())
          .isEqualTo("tenant \"globex\" is at version 5 and needs version 7");
    }
  }

  @Test
  void noSuchTenantIsRejectedWithTheSchemaLookedFor() {
    try (GateWorld world = new GateWorld(new TestSettings())) {
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.refusal().sqlState()).isEqualTo("3F000");
      assertThat(session.refusal().message())
          .isEqualTo("there is no tenant \"globex\": schema \"tenant_globex\" does not exist");
    }
  }

  @Test
  void oncePutOutOfServiceItLetsTransactionsGoOnToWhatIsCurrent() {
    try (GateWorld world =
        new GateWorld(new TestSettings()).has(ACME, 7).has(GLOBEX, 6).knowing(ACME, GLOBEX)) {
      world.gate.close();

      assertThat(world.connect(ACME).refusal().sqlState()).isEqualTo("57P01");
      AdmissionRequest begun = world.request(Requirement.NONE, ACME).inTransaction();
      assertThat(world.connect(begun).isAdmitted()).isTrue();
      AdmissionRequest behind = world.request(Requirement.NONE, GLOBEX).inTransaction();
      assertThat(world.connect(behind).refusal().sqlState()).isEqualTo("57P01");
    }
  }

  @Test
  void noSuchTenantPassesWhereItMay() {
    try (GateWorld world =
        new GateWorld(new TestSettings().unknown(PassOrReject.PASS)).knowing(GLOBEX)) {
      assertThat(world.connect(GLOBEX).isAdmitted()).isTrue();
    }
  }

  @Test
  void aSchemaThatNobodyNamedMayBeMissing() {
    try (GateWorld world = new GateWorld(new TestSettings()).knowing(GLOBEX)) {
      Session session =
          world.connect(
              new AdmissionRequest(
                  new TenantRoute.Routed(
                      List.of(GatedSchema.of(SchemaRef.PUBLIC), new GatedSchema(GLOBEX, true)),
                      GLOBEX,
                      null),
                  Requirement.NONE,
                  world.eventLoop));

      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void aTenantCreatedAfterItWasMissedIsFoundASecondLater() {
    try (GateWorld world = new GateWorld(new TestSettings()).knowing(GLOBEX)) {
      assertThat(world.connect(GLOBEX).refusal().sqlState()).isEqualTo("3F000");
      world.has(GLOBEX, 7);
      assertThat(world.connect(GLOBEX).refusal().sqlState()).isEqualTo("3F000");

      world.timer.advance(Duration.ofMillis(1100));
      Session session = world.connect(GLOBEX);
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void anUnreachableDatabaseIsNamed() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 7)) {
      world.unreachable = new SQLException("Connection refused", "08001");
      Session session = world.connect(GLOBEX);
      world.settle();
      world.passes(Duration.ofSeconds(31));

      assertThat(session.refusal().sqlState()).isEqualTo("08006");
      assertThat(session.refusal().message())
          .contains("app at 127.0.0.1:5432")
          .contains("can't be reached");
    }
  }

  @Test
  void anUnreachableDatabaseIsWaitedFor() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(GLOBEX, 7)) {
      world.unreachable = new SQLException("Connection refused", "08001");
      Session session = world.connect(GLOBEX);
      world.settle();
      world.passes(Duration.ofSeconds(20));
      assertThat(session.isHeld()).isTrue();

      world.unreachable = null;
      world.passes(Duration.ofSeconds(1));
      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void whatWasVerifiedIsTrustedForAWhileWithoutTheDatabase() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(ACME, 7).knowing(ACME)) {
      world.unreachable = new SQLException("Connection refused", "08001");

      world.timer.advance(Duration.ofSeconds(29));
      assertThat(world.connect(ACME).isAdmitted()).isTrue();

      world.timer.advance(Duration.ofSeconds(2));
      Session late = world.connect(ACME);
      world.settle();
      assertThat(late.isHeld()).isTrue();
      world.passes(Duration.ofSeconds(31));
      assertThat(late.refusal().sqlState()).isEqualTo("08006");
    }
  }

  @Test
  void whatIsAheadPassesOrNot() {
    for (PassOrReject ahead : PassOrReject.values()) {
      try (GateWorld world =
          new GateWorld(new TestSettings().ahead(ahead)).has(ACME, 9).knowing(ACME)) {
        Session session = world.connect(ACME);
        assertThat(session.isAdmitted()).isEqualTo(ahead == PassOrReject.PASS);
      }
    }
  }

  @Test
  void newRulesAreAppliedToThoseWhoAreHeld() {
    TestSettings settings = new TestSettings().trigger(Trigger.MANUAL);
    try (GateWorld world = new GateWorld(settings).has(GLOBEX, 5).knowing(GLOBEX)) {
      Session session = world.connect(GLOBEX);
      assertThat(session.isHeld()).isTrue();

      world.gate.reconfigure(settings.required(5).build(), TestMigrations.changelog(7));
      world.settle();

      assertThat(session.isAdmitted()).isTrue();
    }
  }

  @Test
  void newMigrationsHoldWithoutARead() {
    try (GateWorld world = new GateWorld(new TestSettings()).has(ACME, 7).knowing(ACME)) {
      world.gate.reconfigure(new TestSettings().build(), TestMigrations.changelog(8));

      assertThat(world.connect(ACME).isHeld()).isTrue();
      assertThat(world.reads).isEmpty();
    }
  }
}
