package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Whether the token of a request gives the right to it. Immutable.
 *
 * @param refusal the answer where it doesn't (RFC 6750, 3); else null
 * @param name of the token that was shown; null where none was needed
 */
record TokenCheck(@Nullable AdminResponse refusal, @Nullable String name) {

  private static final TokenCheck NOT_NEEDED = new TokenCheck(null, null);

  private static final String CHALLENGE = "Bearer realm=\"tenantgate\"";

  /**
   * Checks.
   *
   * @param tokens those that give a right; null if everybody has every right
   * @param authorization the header; null if there is none
   */
  static TokenCheck of(
      @Nullable AdminTokens tokens,
      RequestKind kind,
      HttpMethod method,
      @Nullable String authorization) {
    if (tokens == null || kind.isOpen()) {
      return NOT_NEEDED;
    }
    AdminTokens.Holder holder = tokens.holder(authorization);
    if (holder == null) {
      return refused(
          HttpResponseStatus.UNAUTHORIZED,
          authorization == null
              ? "a token is needed: Authorization: Bearer TOKEN"
              : "the token isn't one of admin.token-file",
          authorization == null ? CHALLENGE : CHALLENGE + ", error=\"invalid_token\"");
    }
    if (holder.right() == AdminTokens.Right.READ_ONLY && !RequestGuard.isReading(method)) {
      return refused(
          HttpResponseStatus.FORBIDDEN,
          "the token \"%s\" may only read".formatted(holder.name()),
          CHALLENGE + ", error=\"insufficient_scope\"");
    }
    return new TokenCheck(null, holder.name());
  }

  private static TokenCheck refused(HttpResponseStatus status, String detail, String challenge) {
    return new TokenCheck(
        AdminResponse.problem(status, detail).with(HttpHeaderNames.WWW_AUTHENTICATE, challenge),
        null);
  }
}
