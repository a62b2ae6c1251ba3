package dev.tenantgate.gateway.scan;

/**
 * The settings of a session that decide how its texts are read. The server reports both. Immutable.
 *
 * @param encoding {@code client_encoding}
 * @param standardConformingStrings off, a backslash escapes in every {@code '…'}
 */
public record LexicalRules(ClientEncoding encoding, boolean standardConformingStrings) {

  /** As a server has them that nobody told otherwise. */
  public static final LexicalRules DEFAULT = new LexicalRules(ClientEncoding.UTF_8, true);

  /** The same with {@code standard_conforming_strings} switched. */
  public LexicalRules otherStrings() {
    return new LexicalRules(encoding, !standardConformingStrings);
  }
}
