package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.foreign.ForeignHistory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The history of a schema that another tool migrates. Immutable.
 *
 * @param histories those found; more than one is for a person to choose from
 * @param atWork whether the tool may be in the middle of a migration that they have as begun
 * @param failure how the command for it has failed, since which nothing has changed in them; null
 *     if it hasn't
 */
public record ExternalHistory(
    List<ForeignHistory> histories, boolean atWork, @Nullable Failure failure) {

  /**
   * How the command for a schema has failed.
   *
   * @param required what was required then: of anything else it says nothing
   * @param error in one line
   */
  public record Failure(String required, String error) {}

  public ExternalHistory {
    histories = List.copyOf(histories);
  }

  /** Tells one state from another: the same text as long as nothing is applied or taken back. */
  public String fingerprint() {
    StringBuilder text = new StringBuilder();
    for (ForeignHistory history : histories) {
      text.append(history.table()).append(history.upTo()).append(history.fault());
      history.applied().forEach(applied -> text.append(applied).append(applied.tag()).append(';'));
    }
    return Integer.toHexString(text.toString().hashCode()) + "-" + text.length();
  }
}
