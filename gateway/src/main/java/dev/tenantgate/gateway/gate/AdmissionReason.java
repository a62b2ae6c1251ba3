package dev.tenantgate.gateway.gate;

import java.util.Locale;

/** Why an admission was decided as it was: the metric's label. */
public enum AdmissionReason {
  /** Admitted: all schemas are as required. */
  CURRENT,
  /** Admitted after having been held. */
  UPGRADED,
  /** Admitted although the schema lags, with a warning. */
  WARNED,
  /** Held: a history has to be read first. */
  LOOKUP,
  /** Held, or rejected: the schema lags. */
  BEHIND,
  /** Held, or rejected: the schema is about to be migrated. */
  DRAINING,
  /** Held, or rejected: the gateway can't vouch for what it knows. */
  CUT_OFF,
  /** Rejected: a migration failed. */
  FAILED,
  /** Rejected: held for as long as is allowed. */
  TIMEOUT,
  /** Rejected: too many are held already. */
  QUEUE_FULL,
  /** Rejected: no such schema. */
  UNKNOWN_TENANT,
  /** Rejected: the schema is newer than the changelog, or than the connection allows. */
  TOO_NEW,
  /** Rejected: no migration leads to the version that the connection needs. */
  NO_SUCH_VERSION,
  /** Rejected: the schema's history can't be understood. */
  UNREADABLE,
  /** Rejected: there is something in the schema that no history tells of. */
  UNMANAGED,
  /** Rejected: the database can't be reached. */
  UNREACHABLE,
  /** Rejected: the gateway is shutting down. */
  SHUTDOWN;

  /** Whether the gate ever gives this answer for this reason. */
  public boolean belongsTo(GateEvents.Answer answer) {
    return switch (this) {
      case CURRENT, UPGRADED, WARNED -> answer == GateEvents.Answer.ADMITTED;
      case LOOKUP -> answer == GateEvents.Answer.HELD;
      case BEHIND, DRAINING, CUT_OFF -> answer != GateEvents.Answer.ADMITTED;
      case FAILED,
          TIMEOUT,
          QUEUE_FULL,
          UNKNOWN_TENANT,
          TOO_NEW,
          NO_SUCH_VERSION,
          UNREADABLE,
          UNMANAGED,
          UNREACHABLE,
          SHUTDOWN ->
          answer == GateEvents.Answer.REJECTED;
    };
  }

  /** As it stands in metrics: {@code queue_full}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
