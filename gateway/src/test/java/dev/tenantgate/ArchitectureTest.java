package dev.tenantgate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

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

  @ArchTest
  static final ArchRule NO_CIRCLES_IN_GATEWAY =
      slices().matching("dev.tenantgate.gateway.(*)..").should().beFreeOfCycles();
}
