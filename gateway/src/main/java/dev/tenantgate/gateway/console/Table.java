package dev.tenantgate.gateway.console;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an answer, made as the client takes them.
 *
 * @param rows used once, by one thread at a time
 */
record Table(List<Column> columns, Iterator<List<@Nullable Object>> rows) {

  /** A table whose rows are made of what is given, each when it is wanted. */
  static <T> Table of(
      List<Column> columns, Stream<? extends T> items, Function<T, List<@Nullable Object>> row) {
    return new Table(columns, items.map(row).iterator());
  }

  /** A row of these values, one for each column; null where there is none. */
  static List<@Nullable Object> row(@Nullable Object... values) {
    return Arrays.asList(values);
  }
}
