package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.compression.StandardCompressionOptions;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * Compresses answers for clients that take gzip: all but short ones, and events, each of which has
 * to arrive at once. Event-loop confined.
 */
final class AdminCompressor extends HttpContentCompressor {

  /** In a list of tenants nearly everything repeats itself: more effort saves little. */
  private static final int LEVEL = 1;

  private static final int SHORTEST_BYTES = 1_024;

  AdminCompressor() {
    super(SHORTEST_BYTES, StandardCompressionOptions.gzip(LEVEL, 15, 8));
  }

  @Override
  protected @Nullable Result beginEncode(HttpResponse response, String acceptEncoding)
      throws Exception {
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    return type.startsWith("text/event-stream")
        ? null
        : super.beginEncode(response, acceptEncoding);
  }
}
