package dev.tenantgate.config;

import java.util.Locale;

/**
 * The kind of server that a connection is wanted to, where there are several hosts: libpq's {@code
 * target_session_attrs}.
 */
public enum TargetSession {
  /** Any server that answers. */
  ANY,
  /** One whose transactions may write by default. */
  READ_WRITE,
  /** One whose transactions may not. */
  READ_ONLY,
  /** One that isn't a standby. */
  PRIMARY,
  /** A standby. */
  STANDBY,
  /** A standby; where no host is one, whichever answers. */
  PREFER_STANDBY;

  /** libpq's word for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Whether a server is of this kind.
   *
   * @param standby whether it is one: it reports {@code in_hot_standby} from PostgreSQL 14 on
   * @param readOnly whether it reports {@code default_transaction_read_only}
   */
  public boolean accepts(boolean standby, boolean readOnly) {
    return switch (this) {
      case ANY -> true;
      case READ_WRITE -> !standby && !readOnly;
      case READ_ONLY -> standby || readOnly;
      case PRIMARY -> !standby;
      case STANDBY, PREFER_STANDBY -> standby;
    };
  }

  static TargetSession parse(String text) throws InvalidValueException {
    for (TargetSession kind : values()) {
      if (kind.word().equals(text)) {
        return kind;
      }
    }
    throw new InvalidValueException(
        "target_session_attrs must be one of any, read-write, read-only, primary, standby,"
            + " prefer-standby");
  }
}
