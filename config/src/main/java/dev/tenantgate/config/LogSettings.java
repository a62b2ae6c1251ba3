package dev.tenantgate.config;

/**
 * The log: its format, and the events that get a line ({@code log.*}).
 *
 * @param format how a line is written. Default text.
 * @param connections whether a line tells of each client that is let through. Default true.
 * @param disconnections whether a line tells of each client that leaves. Default true.
 * @param failures whether lines tell of clients that can't be served, at most one in five seconds
 *     for each reason and address. Default true.
 * @param migrationValues whether errors of migrations are told with the values of rows that the
 *     server puts into them. Default false.
 */
public record LogSettings(
    Format format,
    boolean connections,
    boolean disconnections,
    boolean failures,
    boolean migrationValues) {

  /** As without any setting. */
  public static final LogSettings DEFAULTS = new LogSettings(Format.TEXT, true, true, true, false);

  /** How a line is written. */
  public enum Format {
    /** For people: {@code message key="value"}. */
    TEXT,
    /** For collectors: one object a line. */
    JSON
  }
}
