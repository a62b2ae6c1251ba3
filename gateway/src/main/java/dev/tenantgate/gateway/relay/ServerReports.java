package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server has reported of a session's parameters, as far as the gateway needs it: how texts
 * are read, and, from PostgreSQL 18 on, the {@code search_path}. Event-loop confined.
 */
public final class ServerReports {

  private static final String CLIENT_ENCODING = "client_encoding";
  private static final String APPLICATION_NAME = "application_name";
  private static final String CONFORMING_STRINGS = "standard_conforming_strings";

  private LexicalRules rules = LexicalRules.DEFAULT;
  private @Nullable String searchPath;
  private @Nullable String applicationName;

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
      case CLIENT_ENCODING ->
          rules = new LexicalRules(ClientEncoding.of(value), rules.standardConformingStrings());
      case CONFORMING_STRINGS -> rules = new LexicalRules(rules.encoding(), value.equals("on"));
      case SessionEffect.SEARCH_PATH -> {
        searchPath = value;
        return true;
      }
      case APPLICATION_NAME -> applicationName = value;
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

  /** What the client calls itself; null if the server hasn't said. */
  public @Nullable String applicationName() {
    return applicationName;
  }

  /** Whether texts behind such statements are read by other rules, which are reported later. */
  static boolean mayChangeRules(List<SessionEffect> effects) {
    return effects.stream().anyMatch(ServerReports::mayChangeRules);
  }

  private static boolean mayChangeRules(SessionEffect effect) {
    return switch (effect.kind().parameters()) {
      case NAMED -> decidesRules(((SessionEffect.Named) effect).name());
      case COMPUTED -> {
        SessionEffect.SetConfig call = (SessionEffect.SetConfig) effect;
        yield call.maySet(CLIENT_ENCODING) || call.maySet(CONFORMING_STRINGS);
      }
      case ALL -> true;
      // The server reports these by itself before anything of the next exchange is read.
      case PUT_BACK, ANY, NONE, LATER -> false;
    };
  }

  private static boolean decidesRules(String parameter) {
    return parameter.equals(CLIENT_ENCODING) || parameter.equals(CONFORMING_STRINGS);
  }
}
