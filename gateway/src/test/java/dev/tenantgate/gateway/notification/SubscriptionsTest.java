package dev.tenantgate.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {

  private final Subscriptions subscriptions = new Subscriptions();
  private final Subscriber one = new Silent();
  private final Subscriber other = new Silent();

  private String listen(Subscriber subscriber, String... channels) {
    return subscriptions.change(subscriber, List.of(channels), List.of());
  }

  @Test
  void serverIsToldOfTheFirstAndTheLastOnAChannel() {
    assertThat(listen(one, "a")).isEqualTo("LISTEN \"a\";");
    assertThat(listen(other, "a")).isEmpty();
    assertThat(subscriptions.of("a")).containsExactlyInAnyOrder(one, other);
    assertThat(subscriptions.change(one, List.of(), List.of("a"))).isEmpty();
    assertThat(subscriptions.isEmpty()).isFalse();
    assertThat(subscriptions.change(other, List.of("b"), List.of("a")))
        .isEqualTo("LISTEN \"b\";UNLISTEN \"a\";");
    assertThat(subscriptions.of("a")).isEmpty();
  }

  @Test
  void whatIsAddedOrRemovedTwiceChangesNothing() {
    assertThat(listen(one, "a", "a")).isEqualTo("LISTEN \"a\";");
    assertThat(subscriptions.change(one, List.of(), List.of("a", "a", "b")))
        .isEqualTo("UNLISTEN \"a\";");
    assertThat(subscriptions.isEmpty()).isTrue();
  }

  @Test
  void aSessionThatIsOverIsForgottenInParts() {
    listen(one, "a", "b", "c");
    listen(other, "a", "b");
    int statements = 0;
    int parts = 0;
    while (subscriptions.has(one)) {
      statements += subscriptions.end(one, 2).isEmpty() ? 0 : 1;
      parts++;
    }
    assertThat(parts).isEqualTo(2);
    assertThat(statements).as("UNLISTEN c").isEqualTo(1);
    assertThat(subscriptions.of("a")).containsExactly(other);
    assertThat(subscriptions.end(one, 2)).isEmpty();
    assertThat(subscriptions.end(other, 5)).contains("UNLISTEN \"a\";", "UNLISTEN \"b\";");
    assertThat(subscriptions.isEmpty()).isTrue();
  }

  @Test
  void namesAreQuoted() {
    assertThat(listen(one, "a\"; DROP TABLE t")).isEqualTo("LISTEN \"a\"\"; DROP TABLE t\";");
  }

  @Test
  void nobodyIsForgottenWhenAllEnds() {
    listen(one, "a", "b");
    listen(other, "b");
    assertThat(subscriptions.clear()).containsExactlyInAnyOrder(one, other);
    assertThat(subscriptions.isEmpty()).isTrue();
    assertThat(listen(one, "a")).isEqualTo("LISTEN \"a\";");
  }

  private static final class Silent implements Subscriber {

    @Override
    public EventLoop eventLoop() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void notified(Notification notification) {}

    @Override
    public void marked() {}

    @Override
    public void listeningLost(Report why) {}
  }
}
