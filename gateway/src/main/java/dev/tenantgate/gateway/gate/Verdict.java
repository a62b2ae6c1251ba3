package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import org.jspecify.annotations.Nullable;

/** The answer of the rules about a session at one moment. Immutable. */
sealed interface Verdict {

  /** It is decided. */
  record Settled(Admission.Decision decision) implements Verdict {
    static final Settled CURRENT = new Settled(Admission.Admitted.CURRENT);
  }

  /**
   * It has to wait.
   *
   * @param on the first of its schemas that isn't as required
   * @param need what has to happen
   * @param state where that schema stands; null if that isn't known
   */
  record MustWait(SchemaRef on, Need need, @Nullable TenantState state) implements Verdict {}

  /** The event that a session waits for. */
  sealed interface Need {

    /** Why a session that needs it is held. */
    default AdmissionReason reason() {
      return AdmissionReason.BEHIND;
    }

    /** Its history has to be read. */
    record Lookup() implements Need {
      static final Lookup INSTANCE = new Lookup();

      @Override
      public AdmissionReason reason() {
        return AdmissionReason.LOOKUP;
      }
    }

    /** It has to be migrated, by us. */
    record Upgrade(Target target) implements Need {}

    /** A migration that is under way here has to end; none is to be started for this. */
    record Join() implements Need {
      static final Join INSTANCE = new Join();
    }

    /** Somebody else has to migrate it; it is looked at now and then. */
    record Watch() implements Need {
      static final Watch INSTANCE = new Watch();
    }

    /** It is about to be migrated; transactions begin again when that is over. */
    record Drain() implements Need {
      static final Drain INSTANCE = new Drain();

      @Override
      public AdmissionReason reason() {
        return AdmissionReason.DRAINING;
      }
    }

    /** The gateway has to be in contact with the database again. */
    record Contact() implements Need {
      static final Contact INSTANCE = new Contact();

      @Override
      public AdmissionReason reason() {
        return AdmissionReason.CUT_OFF;
      }
    }
  }
}
