package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.history.DrainTables.Drained;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The answers of gateways so far. Confined to one thread. */
final class Answers {

  private final Map<String, String> members;
  private final Duration patience;
  private final Map<Drained, Set<String>> acknowledged = new HashMap<>();
  private final Map<Drained, Map<String, String>> inTheWay = new HashMap<>();
  private List<Orphan> orphans = List.of();

  /**
   * Nothing yet.
   *
   * @param members those that are there: host by id
   * @param patience how long they were given, for the message
   */
  Answers(Map<String, String> members, Duration patience) {
    this.members = members;
    this.patience = patience;
  }

  void add(Drained drained, String gateway, boolean acked, String waitsFor) {
    if (acked) {
      acknowledged.computeIfAbsent(drained, d -> new HashSet<>()).add(gateway);
    } else {
      inTheWay.computeIfAbsent(drained, d -> new HashMap<>()).put(gateway, waitsFor);
    }
  }

  /** Notes the leftovers of departed gateways that are still there. */
  void remain(List<Orphan> left) {
    orphans = left;
  }

  /** Whether all that are there have acknowledged, and those that are gone left nothing there. */
  boolean areComplete(Drained drained) {
    return acknowledged.getOrDefault(drained, Set.of()).containsAll(members.keySet())
        && orphans.stream().noneMatch(orphan -> orphan.touches(drained.schema()));
  }

  /** The gateways that haven't answered, and their reasons. */
  String missing(Drained drained) {
    Set<String> done = acknowledged.getOrDefault(drained, Set.of());
    Map<String, String> said = inTheWay.getOrDefault(drained, Map.of());
    return "transactions that didn't end in %s: %s"
        .formatted(
            describe(patience),
            Stream.concat(
                    members.keySet().stream()
                        .filter(member -> !done.contains(member))
                        .map(
                            member ->
                                "at gateway %s %s"
                                    .formatted(
                                        member,
                                        said.getOrDefault(member, "(it hasn't answered yet)"))),
                    orphans.stream()
                        .filter(orphan -> orphan.touches(drained.schema()))
                        .map(Orphan::toString))
                .collect(Collectors.joining("; ")));
  }

  private static String describe(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
