package dev.tenantgate.gateway.otlp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A collector that takes spans by OTLP over HTTP, and keeps them. */
public final class OtlpCollector implements AutoCloseable {

  private static final HexFormat HEX = HexFormat.of();

  /** A span, with what a test asks of it. */
  public record Taken(
      String name,
      String trace,
      String id,
      String parent,
      Map<String, String> attributes,
      List<String> events,
      List<String> links,
      boolean failed,
      long beganNanos,
      long endedNanos,
      String state) {

    /** An attribute's value; empty if there is none. */
    public String attribute(String key) {
      return attributes.getOrDefault(key, "");
    }
  }

  private final HttpServer server;
  private final List<Taken> spans = new CopyOnWriteArrayList<>();
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  private final Map<String, String> resource = new ConcurrentHashMap<>();

  /** Listens on a free port. */
  public OtlpCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  /** Its address, without a path. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** All spans that have come. */
  public List<Taken> spans() {
    return spans;
  }

  /** The spans of one name: {@code hold}. */
  public List<Taken> spans(String name) {
    return spans.stream().filter(span -> span.name().equals("tenantgate " + name)).toList();
  }

  /** The headers of the last request, by name in lower case. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The source of the last request's spans. */
  public Map<String, String> resource() {
    return resource;
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange
          .getRequestHeaders()
          .forEach(
              (name, values) ->
                  headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
      boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      InputStream body = exchange.getRequestBody();
      ExportTraceServiceRequest request =
          ExportTraceServiceRequest.parseFrom(zipped ? new GZIPInputStream(body) : body);
      request
          .getResourceSpansList()
          .forEach(
              of -> {
                resource.putAll(attributes(of.getResource().getAttributesList()));
                of.getScopeSpansList()
                    .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(taken(span))));
              });
      exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static Taken taken(Span span) {
    return new Taken(
        span.getName(),
        HEX.formatHex(span.getTraceId().toByteArray()),
        HEX.formatHex(span.getSpanId().toByteArray()),
        HEX.formatHex(span.getParentSpanId().toByteArray()),
        attributes(span.getAttributesList()),
        span.getEventsList().stream().map(Span.Event::getName).toList(),
        span.getLinksList().stream()
            .map(link -> HEX.formatHex(link.getSpanId().toByteArray()))
            .toList(),
        span.getStatus().getCodeValue() == 2,
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano(),
        span.getTraceState());
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    Map<String, String> attributes = new ConcurrentHashMap<>();
    list.forEach(pair -> attributes.put(pair.getKey(), text(pair)));
    return attributes;
  }

  private static String text(KeyValue pair) {
    return pair.getValue().hasIntValue()
        ? String.valueOf(pair.getValue().getIntValue())
        : pair.getValue().getStringValue();
  }

  /** The one span of a name and a trace; null if it hasn't come. */
  public @Nullable Taken find(String name, String trace) {
    return spans(name).stream().filter(span -> span.trace().equals(trace)).findFirst().orElse(null);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
