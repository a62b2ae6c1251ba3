package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharedMapTest {

  @Test
  void isWhatAnOrdinaryMapIsAndLeavesTheOldOneAlone() {
    Random random = new Random(7);
    Map<String, Integer> expected = new HashMap<>();
    SharedMap<Integer> map = SharedMap.empty();
    for (int i = 0; i < 20_000; i++) {
      String key = "k" + random.nextInt(500);
      SharedMap<Integer> before = map;
      Map<String, Integer> copy = i % 1_000 == 0 ? new HashMap<>(expected) : Map.of();
      if (random.nextInt(3) == 0) {
        map = map.without(key);
        expected.remove(key);
      } else {
        map = map.with(key, i);
        expected.put(key, i);
      }
      if (i % 1_000 == 0) {
        assertThat(before).isEqualTo(copy);
        assertThat(map).isEqualTo(expected).hasSize(expected.size());
        assertThat(List.copyOf(map.keySet())).isSorted();
      }
    }
    assertThat(map).isEqualTo(expected);
  }

  @Test
  void staysFlatWhateverTheOrder() {
    SharedMap<Integer> map = SharedMap.empty();
    for (int i = 0; i < 10_000; i++) {
      map = map.with("%06d".formatted(i), i);
    }
    assertThat(map.height()).isLessThan(20);
    for (int i = 0; i < 9_000; i++) {
      map = map.without("%06d".formatted(i));
    }
    assertThat(map).hasSize(1_000);
    assertThat(map.height()).isLessThan(16);
  }
}
