package dev.tenantgate.gateway.startup;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.LimitSettings;
import dev.tenantgate.gateway.startup.LoginLimits.Stage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoginLimitsTest {

  private static final long MIB = 1 << 20;

  private static LoginLimits limits(int logins, int perAddress) {
    return new LoginLimits(new LimitSettings(logins, perAddress, 0, 0, 0, 0), false, 160 * MIB);
  }

  private static SocketAddress from(String address) {
    try {
      return new InetSocketAddress(InetAddress.getByName(address), 1);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static LoginSlot admitted(LoginLimits limits, String address) {
    return requireNonNull(limits.admit(from(address)));
  }

  @Test
  void oneAddressHasHalfOfThePlacesByDefault() {
    LoginLimits limits = limits(4, 0);
    LoginSlot first = admitted(limits, "10.0.0.1");
    admitted(limits, "10.0.0.1");
    assertThat(limits.admit(from("10.0.0.1"))).isNull();
    admitted(limits, "10.0.0.2");
    admitted(limits, "10.0.0.3");
    assertThat(limits.admit(from("10.0.0.4"))).isNull();
    first.release();
    first.release();
    admitted(limits, "10.0.0.4");
    assertThat(limits.admit(from("10.0.0.1"))).isNull();
    assertThat(limits.used(Stage.LOGIN)).isEqualTo(4);
  }

  @Test
  void anIpv6NetworkIsOneAddress() {
    LoginLimits limits = limits(4, 2);
    admitted(limits, "2001:db8::1");
    admitted(limits, "2001:db8::2");
    assertThat(limits.admit(from("2001:db8:0:0:ffff::3"))).isNull();
    admitted(limits, "2001:db8:0:1::1");
  }

  @Test
  void boundsFollowTheHeap() {
    assertThat(new LoginLimits(LimitSettings.DEFAULTS, false, 160 * MIB).limit(Stage.LOGIN))
        .isEqualTo(2_560);
    assertThat(new LoginLimits(LimitSettings.DEFAULTS, true, 160 * MIB).limit(Stage.LOGIN))
        .isEqualTo(640);
    assertThat(new LoginLimits(LimitSettings.DEFAULTS, true, 32 * MIB).limit(Stage.LOGIN))
        .isEqualTo(256);
    assertThat(new LoginLimits(LimitSettings.DEFAULTS, false, 8192 * MIB).limit(Stage.LOGIN))
        .isEqualTo(10_000);
  }

  @Test
  void stagesHaveBoundsOfTheirOwn() {
    LoginLimits limits = limits(32, 16);
    List<LoginSlot> slots = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      LoginSlot slot = admitted(limits, "10.0.0.1");
      slot.partial(true);
      slot.partial(true);
      slots.add(slot);
    }
    LoginSlot third = admitted(limits, "10.0.0.1");
    assertThatThrownBy(() -> third.partial(true)).isInstanceOf(LoginRefused.class);
    admitted(limits, "10.0.0.2").partial(true);
    slots.get(0).partial(false);
    third.partial(true);
    assertThat(limits.used(Stage.PARTIAL)).isEqualTo(3);
  }

  @Test
  void lookupsOfOneAddressLeaveRoomForOthers() {
    LoginLimits limits = limits(10_000, 0);
    for (int i = 0; i < 500; i++) {
      assertThat(admitted(limits, "10.0.0.1").enter(Stage.LOOKUP)).isTrue();
    }
    assertThat(admitted(limits, "10.0.0.1").enter(Stage.LOOKUP)).isFalse();
    assertThat(admitted(limits, "10.0.0.2").enter(Stage.LOOKUP)).isTrue();
  }

  @Test
  void handshakesWaitForEachOtherInOrderPassingThoseWhoseAddressIsFull() {
    LoginLimits limits = limits(16, 8); // two handshakes, one of an address
    LoginSlot running = admitted(limits, "10.0.0.1");
    assertThat(running.enter(Stage.HANDSHAKE)).isTrue();
    List<String> begun = new ArrayList<>();
    LoginSlot second = admitted(limits, "10.0.0.1");
    second.awaitHandshake(() -> begun.add("second"));
    LoginSlot gone = admitted(limits, "10.0.0.2");
    LoginSlot other = admitted(limits, "10.0.0.3");
    gone.awaitHandshake(() -> begun.add("gone"));
    other.awaitHandshake(() -> begun.add("other"));
    assertThat(begun).containsExactly("gone");
    gone.release();
    assertThat(begun).containsExactly("gone", "other");
    running.leave(Stage.HANDSHAKE);
    assertThat(begun).containsExactly("gone", "other", "second");
    second.release();
    other.release();
    running.release();
    assertThat(limits.used(Stage.HANDSHAKE)).isZero();
    assertThat(limits.used(Stage.LOGIN)).isZero();
  }
}
