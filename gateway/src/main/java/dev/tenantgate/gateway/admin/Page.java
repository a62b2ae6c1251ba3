package dev.tenantgate.gateway.admin;

import org.jspecify.annotations.Nullable;

/**
 * A part of a list. Immutable.
 *
 * @param limit so many elements at most
 * @param after those that come behind this one; null for the first
 */
record Page(int limit, @Nullable String after) {

  /**
   * Reads {@code limit} and {@code after}; without them the list is whole.
   *
   * @throws IllegalArgumentException if the limit is no number of elements
   */
  static Page of(AdminRequest request) {
    String limit = request.parameter("limit");
    return new Page(limit == null ? Integer.MAX_VALUE : limit(limit), request.parameter("after"));
  }

  private static int limit(String text) {
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // The same remedy as for a number that is none of elements.
    }
    throw new IllegalArgumentException(
        "limit: must be a whole number from 1 on, was \"%s\"".formatted(text));
  }
}
