package dev.tenantgate.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.UnixSocketSettings.PeerName;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerRolesTest {

  private static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/bash
      www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
      other:x:33:33::/:/bin/false
      broken:x
      odd:x:none:0
      last:x:4294967294:1:/:/bin/false
      """;

  @Test
  void withoutMapUserIsTheRoleOfItsOwnName() {
    PeerRoles roles = PeerRoles.of(PASSWD, List.of());

    assertThat(roles.allow(33, "www-data")).isTrue();
    assertThat(roles.allow(33, "other")).isFalse();
    assertThat(roles.allow(0, "www-data")).isFalse();
    assertThat(roles.allow(-2, "last")).isTrue();
  }

  @Test
  void userWithoutNameIsNobody() {
    PeerRoles roles = PeerRoles.of(PASSWD, List.of());

    assertThat(roles.allow(1000, "")).isFalse();
    assertThat(roles.allow(1000, "1000")).isFalse();
    assertThat(roles.describe(1000)).isEqualTo("1000");
    assertThat(roles.describe(33)).isEqualTo("33 (www-data)");
  }

  @Test
  void mapSaysAllThatIsAllowed() {
    PeerRoles roles =
        PeerRoles.of(
            PASSWD,
            List.of(
                new PeerName("www-data", "app"),
                new PeerName("1000", "app"),
                new PeerName("1000", "reports")));

    assertThat(roles.allow(33, "app")).isTrue();
    assertThat(roles.allow(33, "reports")).isFalse();
    assertThat(roles.allow(33, "www-data")).isFalse();
    assertThat(roles.allow(1000, "reports")).isTrue();
    assertThat(roles.allow(0, "app")).isFalse();
  }
}
