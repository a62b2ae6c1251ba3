package dev.tenantgate.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {

  private final Subscriptions subscriptions = new Subscriptions();
  private final Subscriber one = new Silent();
  private final Subscriber other = new Silent();

  @Test
  void serverIsToldOfTheFirstAndTheLastOnAChannel() {
    assertThat(subscriptions.change(one, Set.of("a"))).isEqualTo("LISTEN \"a\";");
    assertThat(subscriptions.change(other, Set.of("a"))).isEmpty();
    assertThat(subscriptions.of("a")).containsExactlyInAnyOrder(one, other);
    assertThat(subscriptions.change(one, Set.of())).isEmpty();
    assertThat(subscriptions.isEmpty()).isFalse();
    assertThat(subscriptions.change(other, Set.of("b"))).isEqualTo("LISTEN \"b\";UNLISTEN \"a\";");
    assertThat(subscriptions.of("a")).isEmpty();
  }

  @Test
  void namesAreQuoted() {
    assertThat(subscriptions.change(one, Set.of("a\"; DROP TABLE t")))
        .isEqualTo("LISTEN \"a\"\"; DROP TABLE t\";");
  }

  @Test
  void nobodyIsForgottenWhenAllEnds() {
    subscriptions.change(one, Set.of("a", "b"));
    subscriptions.change(other, Set.of("b"));
    assertThat(subscriptions.clear()).containsExactlyInAnyOrder(one, other);
    assertThat(subscriptions.isEmpty()).isTrue();
    assertThat(subscriptions.change(one, Set.of("a"))).isEqualTo("LISTEN \"a\";");
  }

  private static final class Silent implements Subscriber {

    @Override
    public EventLoop eventLoop() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void notified(Notification notification) {}

    @Override
    public void listeningLost(Report why) {}
  }
}
