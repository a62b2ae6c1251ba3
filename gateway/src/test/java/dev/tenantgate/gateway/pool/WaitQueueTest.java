package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.pool.WaitQueue.Waiter;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitQueueTest {

  private final WaitQueue queue = new WaitQueue();

  private Waiter add(String tenant) {
    Waiter waiter = new Waiter(new Waiting(tenant), 0);
    queue.add(waiter);
    return waiter;
  }

  private List<Object> tenantsInOrder() {
    List<Object> order = new ArrayList<>();
    for (Waiter next = queue.next(t -> true); next != null; next = queue.next(t -> true)) {
      order.add(next.tenant);
    }
    return order;
  }

  @Test
  void tenantsTakeTurns() {
    add("a");
    add("a");
    add("a");
    add("b");
    add("c");

    assertThat(tenantsInOrder()).containsExactly("a", "b", "c", "a", "a");
    assertThat(queue.size()).isZero();
  }

  @Test
  void whoCameFirstOfATenantIsItsFirst() {
    Waiter first = add("a");
    Waiter second = add("a");

    assertThat(queue.next(t -> true)).isSameAs(first);
    queue.addAgain(first);
    assertThat(queue.next(t -> true)).isSameAs(first);
    assertThat(queue.next(t -> true)).isSameAs(second);
  }

  @Test
  void aTenantThatMayHaveNoMoreIsPassedOver() {
    add("a");
    Waiter b = add("b");

    assertThat(queue.next(t -> t.equals("b"))).isSameAs(b);
    assertThat(queue.next(t -> t.equals("b"))).isNull();
    assertThat(queue.size()).isEqualTo(1);
  }

  @Test
  void whoLeavesIsNotServed() {
    Waiter a = add("a");
    Waiter b = add("b");

    assertThat(queue.find(a.lessee)).isSameAs(a);
    assertThat(queue.remove(a)).isTrue();
    assertThat(queue.remove(a)).isFalse();
    assertThat(queue.find(a.lessee)).isNull();
    assertThat(queue.next(t -> true)).isSameAs(b);
  }

  private record Waiting(Object tenant) implements LeaseHolder {

    @Override
    public SessionSettings settings() {
      return SessionSettings.NONE;
    }

    @Override
    public void granted(PooledBackend backend) {}

    @Override
    public void refused(Report report) {}

    @Override
    public void backendClosed(boolean reportPossible, boolean explained) {}
  }
}
