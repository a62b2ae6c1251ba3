package dev.tenantgate.migrator.announce;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A message to the gateways that hold a schema's transactions: the migration is committed that they
 * drained for. As the payload of a NOTIFY: {@code done <sender> <token> <proof> <digest>
 * <version>,… <schema>}. It is a fact for those who know the proof from the drain's mark, and find
 * that what they knew of the history comes to that digest with these versions. Immutable.
 *
 * @param schema the schema's name
 * @param token of the lease that was given back with the commit
 * @param proof the mark's
 * @param digest of the history now
 * @param versions the migrations that were applied, as the history numbers them
 */
public record Completion(
    String schema, long token, String proof, String digest, List<Long> versions) {

  /** More are not told of so: a payload may have 8,000 bytes. */
  static final int MOST_VERSIONS = 200;

  private static final String KIND = "done";
  private static final int WORDS = 7;

  public Completion {
    versions = List.copyOf(versions);
  }

  /** Whether it fits into a payload. */
  boolean isShort() {
    return versions.size() <= MOST_VERSIONS;
  }

  String payload(String sender) {
    return String.join(
        " ",
        KIND,
        sender,
        Long.toString(token),
        proof,
        digest,
        versions.stream().map(String::valueOf).collect(Collectors.joining(",")),
        schema);
  }

  /** Reads a payload of another sender; null for anything else. */
  static @Nullable Completion parse(String payload, String own) {
    String[] words = payload.split(" ", WORDS);
    if (words.length != WORDS || !words[0].equals(KIND) || words[1].equals(own)) {
      return null;
    }
    try {
      List<Long> versions = Stream.of(words[5].split(",", -1)).map(Long::valueOf).toList();
      return new Completion(words[6], Long.parseLong(words[2]), words[3], words[4], versions);
    } catch (NumberFormatException e) {
      return null; // somebody else's
    }
  }
}
