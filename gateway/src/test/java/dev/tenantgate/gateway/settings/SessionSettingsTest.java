package dev.tenantgate.gateway.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SessionSettingsTest {

  /** Held against a map, through changes at random. */
  @Test
  void changesMakeWhatAMapBecomes() {
    Random random = new Random(7);
    Map<String, String> model = new TreeMap<>();
    SessionSettings settings = SessionSettings.NONE;
    for (int i = 0; i < 2_000; i++) {
      TreeMap<String, String> changes = new TreeMap<>();
      for (int j = random.nextInt(4); j >= 0; j--) {
        String name = "p" + random.nextInt(20);
        changes.put(name, random.nextBoolean() ? null : "v" + random.nextInt(3));
      }
      changes.forEach(
          (name, value) -> {
            if (value == null) {
              model.remove(name);
            } else {
              model.put(name, value);
            }
          });
      settings = settings.with(changes);
      SessionSettings made = SessionSettings.of(model);
      assertThat(settings).isSameAs(made);
      assertThat(settings.asMap()).isEqualTo(model);
      assertThat(settings.bytes()).isEqualTo(made.bytes());
      for (int name = 0; name < 20; name++) {
        assertThat(settings.get("p" + name)).isEqualTo(model.get("p" + name));
      }
    }
  }

  @Test
  void thousandsOfParametersAreSetOneByOne() {
    SessionSettings settings = SessionSettings.NONE;
    for (int i = 0; i < 30_000; i++) {
      settings = settings.with("app.x" + i, "v");
    }
    assertThat(settings.get("app.x29999")).isEqualTo("v");
    assertThat(settings.only(name -> name.endsWith("99")).asMap()).hasSize(300);
  }
}
