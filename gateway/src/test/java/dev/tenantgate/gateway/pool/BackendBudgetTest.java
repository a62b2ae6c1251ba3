package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.PoolKey;
import org.junit.jupiter.api.Test;

/** How many backends a database and user may have, and all of them. */
class BackendBudgetTest {

  private final BackendBudget budget = new BackendBudget();

  private static BackendBounds of(int pool, int all) {
    return new BackendBounds(pool, 0, 0, all);
  }

  private static PoolKey key(int user) {
    return new PoolKey("app", "user_" + user);
  }

  @Test
  void aKeyHasNoMoreThanItsShareAndAllNoMoreThanTheirs() {
    assertThat(budget.tryAcquire(key(1), of(2, 3))).isTrue();
    assertThat(budget.tryAcquire(key(1), of(2, 3))).isTrue();
    assertThat(budget.tryAcquire(key(1), of(2, 3))).isFalse();
    assertThat(budget.tryAcquire(key(2), of(2, 3))).isTrue();
    assertThat(budget.tryAcquire(key(3), of(2, 3))).isFalse();
    assertThat(budget.of(key(1))).isEqualTo(2);
    budget.release(key(1));
    assertThat(budget.tryAcquire(key(3), of(2, 3))).isTrue();
    assertThat(budget.of(key(1))).isEqualTo(1);
  }

  @Test
  void usersThatAreMadeUpAreForgotten() {
    for (int i = 0; i < 100; i++) {
      assertThat(budget.tryAcquire(key(i), of(1, 10))).isTrue();
      assertThat(budget.tryAcquire(key(i), of(1, 10))).isFalse();
      budget.release(key(i));
    }
    assertThat(budget.tryAcquire(key(1), of(1, 0))).isFalse();
    assertThat(budget.keys()).isZero();
  }

  @Test
  void anUserAndADatabaseHaveNoMoreThanTheirs() {
    PoolKey elsewhere = new PoolKey("other", "user_1");
    BackendBounds twoOfUser = new BackendBounds(9, 2, 0, 9);
    assertThat(budget.tryAcquire(key(1), twoOfUser)).isTrue();
    assertThat(budget.tryAcquire(elsewhere, twoOfUser)).isTrue();
    assertThat(budget.isUserFull(elsewhere, twoOfUser)).isTrue();
    assertThat(budget.tryAcquire(elsewhere, twoOfUser)).isFalse();
    BackendBounds twoOfDatabase = new BackendBounds(9, 0, 2, 9);
    assertThat(budget.tryAcquire(key(2), twoOfDatabase)).isTrue();
    assertThat(budget.isDatabaseFull(key(3), twoOfDatabase)).isTrue();
    assertThat(budget.tryAcquire(key(3), twoOfDatabase)).isFalse();
    budget.release(key(1));
    assertThat(budget.tryAcquire(key(3), twoOfDatabase)).isTrue();
    assertThat(budget.tryAcquire(elsewhere, twoOfUser)).isTrue();
    assertThat(budget.all()).isEqualTo(4);
  }
}
