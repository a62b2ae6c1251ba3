package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.Refusal;
import org.jspecify.annotations.Nullable;

/** The gate's answer to a session. */
public sealed interface Admission {

  /** An answer that stands. */
  sealed interface Decision extends Admission {
    AdmissionReason reason();
  }

  /**
   * The session may go on.
   *
   * @param warning what it is to be told in a WARNING; null if nothing
   */
  record Admitted(@Nullable String warning, AdmissionReason reason) implements Decision {
    static final Admitted CURRENT = new Admitted(null, AdmissionReason.CURRENT);
    static final Admitted UPGRADED = new Admitted(null, AdmissionReason.UPGRADED);
  }

  /** The session may not go on. */
  record Rejected(Refusal refusal, AdmissionReason reason) implements Decision {}

  /** The session has to wait, for this reason; its listener will be told the decision. */
  record Held(HoldTicket ticket, AdmissionReason reason) implements Admission {}
}
