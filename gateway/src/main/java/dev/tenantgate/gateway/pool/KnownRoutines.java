package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.scan.UnprovenNames;
import java.util.List;
import java.util.Set;

/**
 * The routines of a database that may change a session unseen, as far as that matters to clients
 * who share its backends. Event-loop confined.
 */
public interface KnownRoutines {

  /** Of a backend that nobody else gets: nothing that is left there matters. */
  KnownRoutines NONE =
      new KnownRoutines() {
        private final UnprovenNames unproven = UnprovenNames.of(List.of());

        @Override
        public Set<String> hidden() {
          return Set.of();
        }

        @Override
        public Set<String> parameters() {
          return Set.of();
        }

        @Override
        public void expectHidden(String name) {}

        @Override
        public UnpoolableRoutines routines() {
          return UnpoolableRoutines.NONE;
        }

        @Override
        public UnprovenNames unproven() {
          return unproven;
        }

        @Override
        public void lookAnew() {}

        @Override
        public boolean isOutdated() {
          return false;
        }
      };

  /**
   * Parameters that a function may have set without a word of the statement that called it or of
   * the server; {@link BackendPool#ANY_SETTING} among them stands for all.
   */
  Set<String> hidden();

  /** Parameters with a dot that functions of the database set. */
  Set<String> parameters();

  /** A function that sets this parameter is about to be made. */
  void expectHidden(String name);

  /**
   * Routines that may leave in a session what can't be pooled, unseen in the text that calls them.
   */
  UnpoolableRoutines routines();

  /** The names of all that can't be shown to leave a session as it is. */
  UnprovenNames unproven();

  /** Functions have just been made, or what calls them. */
  void lookAnew();

  /** Whether there may be others than are known, until a look that is due has been answered. */
  boolean isOutdated();
}
