package dev.tenantgate.config;

import java.util.List;

/**
 * The tenants that a run over all of them begins with: these, or so many. Immutable.
 *
 * @param tenants their names; empty if they are counted
 * @param number how many; 0 if they are named, or there are none
 */
public record Canary(List<String> tenants, int number) {

  /** No tenant goes before the others. */
  public static final Canary NONE = new Canary(List.of(), 0);

  static final String NONE_WORD = "none";

  public Canary {
    tenants = tenants.stream().distinct().toList();
    if (number < 0 || (number > 0 && !tenants.isEmpty())) {
      throw new IllegalArgumentException("must be names of tenants or a number of them");
    }
  }

  /** Whether any tenant goes before the others. */
  public boolean isNone() {
    return tenants.isEmpty() && number == 0;
  }

  @Override
  public String toString() {
    if (isNone()) {
      return NONE_WORD;
    }
    return tenants.isEmpty() ? Integer.toString(number) : String.join(",", tenants);
  }
}
