package dev.tenantgate.config;

import java.time.Duration;

/**
 * How carefully a run goes over all tenants ({@code migrations.stop-after}, {@code canary}, {@code
 * wave}, {@code wave-pause}, {@code after-wave}).
 *
 * @param stopAfter no tenant is begun any more once so many have failed. Default never.
 * @param canary these tenants go first, and all of them must succeed before others begin. Default
 *     none.
 * @param wave so many tenants are on their way before the next are begun. Default all.
 * @param wavePause how long a run waits between two waves. Default 0s.
 * @param afterWave whether a run goes on by itself after a wave. Default go-on.
 */
public record RolloutSettings(
    Portion stopAfter, Canary canary, Portion wave, Duration wavePause, AfterWave afterWave) {

  /** All tenants at once, to the end. */
  public static final RolloutSettings STANDARD =
      new RolloutSettings(
          Portion.UNLIMITED, Canary.NONE, Portion.UNLIMITED, Duration.ZERO, AfterWave.GO_ON);

  public RolloutSettings {
    SettingKeys.MIGRATIONS_WAVE_PAUSE.require(wavePause);
  }

  /** Whether a run stops at the end of a wave that isn't the last. */
  public enum AfterWave {
    /** It begins the next, after the pause. */
    GO_ON,
    /** It ends, to be resumed. */
    STOP
  }

  /** The same with another limit of failures. */
  public RolloutSettings stopAfter(Portion failures) {
    return new RolloutSettings(failures, canary, wave, wavePause, afterWave);
  }

  /** The same with other tenants first. */
  public RolloutSettings canary(Canary first) {
    return new RolloutSettings(stopAfter, first, wave, wavePause, afterWave);
  }

  /** The same in waves of another size. */
  public RolloutSettings wave(Portion size, Duration pause, AfterWave after) {
    return new RolloutSettings(stopAfter, canary, size, pause, after);
  }
}
