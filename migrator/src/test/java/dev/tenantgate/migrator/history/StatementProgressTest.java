package dev.tenantgate.migrator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatementProgressTest {

  private static final List<String> THREE = List.of("SELECT 1", "SELECT\r\n2", "SELECT 3");

  @Test
  void isReadBackFromWhatItWrites() {
    StatementProgress two = StatementProgress.of(THREE, 2);

    assertThat(StatementProgress.read(two.after(null))).contains(two);
    assertThat(StatementProgress.read(two.after("it failed [1 of 2 statements are done, x]")))
        .contains(two);
    assertThat(StatementProgress.read("it failed")).isEmpty();
    assertThat(StatementProgress.read(null)).isEmpty();
  }

  @Test
  void goesOnWhereItWas() {
    StatementProgress.Counter counter = new StatementProgress.Counter(THREE);

    assertThat(counter.after(0)).isEqualTo(StatementProgress.of(THREE, 0));
    assertThat(counter.after(2)).isEqualTo(StatementProgress.of(THREE, 2));
    assertThat(counter.after(2)).isEqualTo(StatementProgress.of(THREE, 2));
    assertThat(counter.after(3)).isEqualTo(StatementProgress.of(THREE, 3));
    assertThat(counter.after(1)).isEqualTo(StatementProgress.of(THREE, 1));
  }

  @Test
  void holdsAsLongAsWhatIsDoneStaysAsItWas() {
    StatementProgress two = StatementProgress.of(THREE, 2);

    assertThat(two.isOf(List.of("SELECT 1", "SELECT\n2"))).isTrue();
    assertThat(two.isOf(List.of("SELECT 1", "SELECT\n2", "other", "more"))).isTrue();
    assertThat(two.isOf(List.of("SELECT 1", "SELECT 2", "SELECT 3"))).isFalse();
    assertThat(two.isOf(List.of("SELECT 1"))).isFalse();
  }
}
