package dev.tenantgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.Version;
import java.lang.module.ModuleDescriptor;
import org.junit.jupiter.api.Test;
import org.postgresql.util.DriverInfo;

/**
 * The libraries on the class path have the fixes that the gateway counts on, no matter what else
 * pulls them in.
 */
class LibraryVersionsTest {

  /** Fixes of SNI and of handshakes. */
  @Test
  void nettyIsNewEnough() {
    assertThat(Version.identify()).isNotEmpty();
    Version.identify()
        .values()
        .forEach(part -> assertIsAtLeast(part.artifactVersion(), "4.2.17", part.artifactId()));
  }

  @Test
  void theDriverIsNewEnough() {
    assertIsAtLeast(DriverInfo.DRIVER_VERSION, "42.7.14", "pgjdbc");
  }

  private static void assertIsAtLeast(String version, String least, String library) {
    assertThat(ModuleDescriptor.Version.parse(version.replace(".Final", "")))
        .as(library)
        .isGreaterThanOrEqualTo(ModuleDescriptor.Version.parse(least));
  }
}
