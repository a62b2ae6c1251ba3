package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * The numbers that node-pg-migrate puts before names: milliseconds since 1970, or, of 17 digits, a
 * time in UTC with milliseconds. It orders both by time. Stateless.
 */
final class NodePgPrefixes {

  private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("yyyyMMddHHmmss");

  private NodePgPrefixes() {}

  /** Reports files whose order by time isn't that of their numbers, which is ours. */
  static void check(List<ToolFile> files, List<String> prefixes, ReaderTerms terms) {
    for (int i = 0; i < files.size(); i++) {
      for (int j = 0; j < files.size(); j++) {
        if (prefixes.get(i).length() < 17
            && prefixes.get(j).length() == 17
            && time(prefixes.get(i)) > time(prefixes.get(j))) {
          terms.error(
              files.get(i).path(),
              0,
              ("its number is a time in milliseconds, that of %s one with year, month and day, and"
                      + " earlier: versions are ordered by number here; rename one of them")
                  .formatted(files.get(j).name()));
          return;
        }
      }
    }
  }

  private static long time(String digits) {
    try {
      return digits.length() == 17
          ? LocalDateTime.parse(digits.substring(0, 14), UTC)
                  .toInstant(ZoneOffset.UTC)
                  .toEpochMilli()
              + Long.parseLong(digits.substring(14))
          : Long.parseLong(digits);
    } catch (DateTimeException | NumberFormatException e) {
      return Long.MIN_VALUE;
    }
  }
}
