package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.CancelKey;
import io.netty.channel.Channel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection that has logged in and is ready for its first query. Immutable, but for the channel.
 *
 * @param channel the connection; its new owner's to close
 * @param parameters what ParameterStatus messages said, the last value of each, in their order
 * @param cancelKey of BackendKeyData; null for a server that can't cancel
 */
public record LoggedInBackend(
    Channel channel, Map<String, String> parameters, @Nullable CancelKey cancelKey) {

  public LoggedInBackend {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}
