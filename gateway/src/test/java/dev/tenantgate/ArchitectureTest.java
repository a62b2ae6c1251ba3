package dev.tenantgate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Imports go one way: config, migrator, gateway; and in no circle within any of them. */
@AnalyzeClasses(
    packages = "dev.tenantgate",
    importOptions = {ImportOption.DoNotIncludeTests.class, NoTestJars.class})
class ArchitectureTest {

  @ArchTest
  static final ArchRule CONFIG_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("dev.tenantgate.config..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tenantgate.migrator..", "dev.tenantgate.gateway..");

  @ArchTest
  static final ArchRule MIGRATOR_KNOWS_NO_GATEWAY =
      noClasses()
          .that()
          .resideInAPackage("dev.tenantgate.migrator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tenantgate.gateway..");

  @ArchTest
  static final ArchRule ONLY_THE_WIRE_KNOWS_NETTY =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.tenantgate.config..",
              "dev.tenantgate.migrator..",
              "dev.tenantgate.gateway.tenant..",
              "dev.tenantgate.gateway.drain..",
              "dev.tenantgate.gateway.gate..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..");

  @ArchTest
  static final ArchRule NO_CIRCLES_IN_CONFIG =
      slices()
          .matching("dev.tenantgate.config.(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true);

  // The package of the migrator itself is its way in, used by and using those below; the slices
  // are the packages below.
  @ArchTest
  static final ArchRule NO_CIRCLES_IN_MIGRATOR =
      slices().matching("dev.tenantgate.migrator.(*)..").should().beFreeOfCycles();

  /** The migrator's packages in the order of a run: each uses those before it, and no other. */
  private static final List<String> MIGRATOR =
      List.of(
          "python",
          "sql",
          "changelog",
          "lint",
          "catalog",
          "connection",
          "foreign",
          "history",
          "plan",
          "announce",
          "drain",
          "session",
          "lease",
          "subprocess",
          "survey",
          "rights",
          "adopt",
          "rehearsal",
          "schema",
          "provision",
          "verify",
          "checkpoint",
          "fleet");

  @ArchTest
  static final ArchRule MIGRATOR_IN_THE_ORDER_OF_A_RUN =
      inOrder(MIGRATOR, "dev.tenantgate.migrator.");

  @ArchTest
  static final ArchRule EVERY_MIGRATOR_PACKAGE_HAS_ITS_PLACE =
      classes()
          .that()
          .resideInAPackage("dev.tenantgate.migrator..")
          .should()
          .resideInAnyPackage(
              Stream.concat(
                      Stream.of("dev.tenantgate.migrator"),
                      MIGRATOR.stream().map(ArchitectureTest::migrator))
                  .toArray(String[]::new));

  /** The gateway's packages: each uses those before it, and no other. */
  private static final List<String> GATEWAY =
      List.of(
          "protocol",
          "scan",
          "tenant",
          "memory",
          "tracing",
          "drain",
          "gate",
          "routines",
          "statements",
          "settings",
          "startup",
          "scram",
          "connect",
          "backend",
          "traffic",
          "auth",
          "pool",
          "notification",
          "answer",
          "timeout",
          "relay",
          "session",
          "metrics",
          "otlp",
          "admin",
          "console",
          "server",
          "practice",
          "demo",
          "cli");

  @ArchTest
  static final ArchRule GATEWAY_IN_THE_ORDER_OF_A_CONNECTION =
      inOrder(GATEWAY, "dev.tenantgate.gateway.");

  @ArchTest
  static final ArchRule EVERY_GATEWAY_PACKAGE_HAS_ITS_PLACE =
      classes()
          .that()
          .resideInAPackage("dev.tenantgate.gateway..")
          .should()
          .resideInAnyPackage(
              Stream.concat(
                      Stream.of("dev.tenantgate.gateway", "dev.tenantgate.gateway.log"),
                      GATEWAY.stream().map(room -> "dev.tenantgate.gateway." + room + ".."))
                  .toArray(String[]::new));

  private static ArchRule inOrder(List<String> rooms, String base) {
    return CompositeArchRule.of(
        IntStream.range(0, rooms.size() - 1)
            .mapToObj(
                place ->
                    (ArchRule)
                        noClasses()
                            .that()
                            .resideInAPackage(base + rooms.get(place) + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(
                                rooms.subList(place + 1, rooms.size()).stream()
                                    .map(room -> base + room + "..")
                                    .toArray(String[]::new)))
            .toList());
  }

  private static String migrator(String room) {
    return "dev.tenantgate.migrator." + room;
  }

  @ArchTest
  static final ArchRule NO_CIRCLES_IN_GATEWAY =
      slices().matching("dev.tenantgate.gateway.(*)..").should().beFreeOfCycles();
}
