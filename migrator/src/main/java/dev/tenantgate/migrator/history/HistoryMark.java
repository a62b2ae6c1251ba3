package dev.tenantgate.migrator.history;

/**
 * Tells whether a history was changed, without opening its table: which table it is, in which file,
 * how many rows were written to it since when, by the server's statistics. Each write of a row
 * counts, one that was rolled back too. Immutable.
 *
 * @param writes rows inserted, updated or deleted so far
 * @param place the table, its file, and since when the server has counted
 */
public record HistoryMark(long writes, String place) {

  /** The mark once so many more rows were written. */
  public HistoryMark after(int rows) {
    return new HistoryMark(writes + rows, place);
  }

  /**
   * As it stands in the registry's row: together with the digest that it vouches for, so that a row
   * which was written without it isn't trusted.
   */
  public String text(String digest) {
    return writes + " " + place + " " + digest;
  }
}
