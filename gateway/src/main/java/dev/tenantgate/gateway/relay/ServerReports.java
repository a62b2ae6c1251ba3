package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a server has reported of a session's parameters, as far as the gateway needs it: how texts
 * are read, and, from PostgreSQL 18 on, the {@code search_path}. Event-loop confined.
 */
public final class ServerReports {

  private LexicalRules rules = LexicalRules.DEFAULT;
  private @Nullable String searchPath;

  /**
   * Takes a ParameterStatus.
   *
   * @param body index of its body, which is all there
   * @return whether it was about {@code search_path}
   */
  public boolean note(ByteBuf buffer, int body, int bodyBytes) {
    int nameBytes = buffer.bytesBefore(body, bodyBytes, (byte) 0);
    if (nameBytes < 0) {
      return false;
    }
    int value = body + nameBytes + 1;
    int valueBytes = buffer.bytesBefore(value, bodyBytes - nameBytes - 1, (byte) 0);
    if (valueBytes < 0) {
      return false;
    }
    return note(
        buffer.toString(body, nameBytes, StandardCharsets.US_ASCII),
        buffer.toString(value, valueBytes, rules.encoding().charset()));
  }

  private boolean note(String name, String value) {
    switch (name) {
      case "client_encoding" ->
          rules = new LexicalRules(ClientEncoding.of(value), rules.standardConformingStrings());
      case "standard_conforming_strings" ->
          rules = new LexicalRules(rules.encoding(), value.equals("on"));
      case SessionEffect.SEARCH_PATH -> {
        searchPath = value;
        return true;
      }
      default -> {}
    }
    return false;
  }

  /** How the client's texts are read. */
  public LexicalRules rules() {
    return rules;
  }

  /** The {@code search_path}; null if the server doesn't report it. */
  public @Nullable String searchPath() {
    return searchPath;
  }
}
