package dev.tenantgate.gateway.backend;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The body of a ParameterStatus. Immutable. */
record ReportedParameter(String name, String value) {

  /**
   * Reads one.
   *
   * @param charset the client's, in which the server reports
   * @return null if it has no value, or no name
   */
  static @Nullable ReportedParameter read(ByteBuf body, Charset charset) {
    String name = text(body, StandardCharsets.US_ASCII);
    if (name == null) {
      return null;
    }
    String value = text(body, charset);
    // Longer than anything that is kept: its beginning tells that it is another one.
    return new ReportedParameter(name, value == null ? body.toString(charset) : value);
  }

  private static @Nullable String text(ByteBuf body, Charset charset) {
    int bytes = body.bytesBefore((byte) 0);
    if (bytes < 0) {
      return null;
    }
    String text = body.readString(bytes, charset);
    body.skipBytes(1);
    return text;
  }
}
