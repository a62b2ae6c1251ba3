package dev.tenantgate.gateway.otlp;

import dev.tenantgate.config.TracingSettings;
import dev.tenantgate.config.TracingSettings.Transactions;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code tracing.*}, with OpenTelemetry's variables in the place of what isn't set, if the settings
 * want those. Immutable.
 *
 * @param endpoint the whole address that spans are posted to; null if nothing is traced
 */
public record CollectorSettings(
    @Nullable URI endpoint,
    Map<String, String> headers,
    @Nullable Path ca,
    String serviceName,
    Map<String, String> attributes,
    double sampleRatio,
    Transactions transactions) {

  private static final String TRACES_PATH = "/v1/traces";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** A collector that restarts is waited for, for a moment. */
  private static final RetryPolicy RETRIES =
      RetryPolicy.builder().setMaxAttempts(3).setInitialBackoff(Duration.ofMillis(300)).build();

  /** Errors are told by {@link SpanQueue}. Held, as a logger without a holder is forgotten. */
  private static final Logger SDK_LOG = Logger.getLogger("io.opentelemetry");

  /** Reads what is in force; {@code environment} is the process's. */
  public static CollectorSettings of(TracingSettings settings, Map<String, String> environment) {
    Map<String, String> variables = settings.environment() ? environment : Map.of();
    Map<String, String> headers = pairs(variables, "OTEL_EXPORTER_OTLP_HEADERS");
    headers.putAll(pairs(variables, "OTEL_EXPORTER_OTLP_TRACES_HEADERS"));
    settings.headers().forEach(header -> headers.put(header.getKey(), header.getValue()));
    Map<String, String> attributes = pairs(variables, "OTEL_RESOURCE_ATTRIBUTES");
    String named = attributes.remove("service.name");
    String name = variables.getOrDefault("OTEL_SERVICE_NAME", named == null ? "" : named);
    return new CollectorSettings(
        endpoint(settings.endpoint(), variables),
        headers,
        ca(settings, variables),
        isDefault(settings.serviceName()) && !name.isBlank() ? name : settings.serviceName(),
        attributes,
        ratio(settings.sampleRatio(), variables),
        settings.transactions());
  }

  private static boolean isDefault(String serviceName) {
    return serviceName.equals(TracingSettings.OFF.serviceName());
  }

  private static @Nullable URI endpoint(@Nullable URI set, Map<String, String> variables) {
    if (variables.getOrDefault("OTEL_SDK_DISABLED", "").equalsIgnoreCase("true")) {
      return null;
    }
    if (set != null) {
      boolean bare = set.getPath() == null || set.getPath().isEmpty() || set.getPath().equals("/");
      return bare ? set.resolve(TRACES_PATH) : set;
    }
    String whole = variables.getOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "");
    if (!whole.isBlank()) {
      return URI.create(whole);
    }
    String base = variables.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    return base.isBlank() ? null : URI.create(base.replaceAll("/+$", "") + TRACES_PATH);
  }

  private static @Nullable Path ca(TracingSettings settings, Map<String, String> variables) {
    if (settings.ca() != null) {
      return settings.ca();
    }
    String path =
        variables.getOrDefault(
            "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
            variables.getOrDefault("OTEL_EXPORTER_OTLP_CERTIFICATE", ""));
    return path.isBlank() ? null : Path.of(path);
  }

  /** The variables' sampler counts where the setting has its default. */
  private static double ratio(double set, Map<String, String> variables) {
    String sampler = variables.getOrDefault("OTEL_TRACES_SAMPLER", "");
    if (set != 1 || sampler.isEmpty()) {
      return set;
    }
    if (sampler.endsWith("always_off")) {
      return 0;
    }
    try {
      return sampler.endsWith("traceidratio")
          ? Math.min(
              1,
              Math.max(
                  0, Double.parseDouble(variables.getOrDefault("OTEL_TRACES_SAMPLER_ARG", "1"))))
          : 1;
    } catch (NumberFormatException e) {
      return 1;
    }
  }

  /** {@code name=value,name=value}, values percent-encoded. */
  private static Map<String, String> pairs(Map<String, String> variables, String name) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : variables.getOrDefault(name, "").split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        String value = pair.substring(equals + 1).strip().replace("+", "%2B");
        pairs.put(pair.substring(0, equals).strip(), decoded(value));
      }
    }
    return pairs;
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return value;
    }
  }

  /** Sends spans by the HTTP client of the JDK. */
  SpanExporter exporter() throws IOException {
    SDK_LOG.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(String.valueOf(endpoint))
            .setTimeout(TIMEOUT)
            .setRetryPolicy(RETRIES);
    headers.forEach((name, value) -> builder.addHeader(name.toLowerCase(Locale.ROOT), value));
    if (ca != null) {
      builder.setTrustedCertificates(Files.readAllBytes(ca));
    }
    return builder.build();
  }

  /** The source of all spans. */
  Resource resource(String version) {
    AttributesBuilder all = Attributes.builder();
    attributes.forEach((name, value) -> all.put(AttributeKey.stringKey(name), value));
    all.put("service.name", serviceName)
        .put("service.version", version)
        .put("service.instance.id", UUID.randomUUID().toString());
    return Resource.getDefault().merge(Resource.create(all.build()));
  }
}
