package dev.tenantgate.gateway.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.TracingSettings;
import dev.tenantgate.config.TracingSettings.Protocol;
import dev.tenantgate.config.TracingSettings.Transactions;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CollectorSettingsTest {

  private static final Map<String, String> VARIABLES =
      Map.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT", "http://theirs:4318/",
          "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20y,x=1",
          "OTEL_SERVICE_NAME", "orders-gate",
          "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,service.name=other",
          "OTEL_TRACES_SAMPLER", "parentbased_traceidratio",
          "OTEL_TRACES_SAMPLER_ARG", "0.25");

  private static TracingSettings settings(@Nullable String endpoint, boolean environment) {
    return new TracingSettings(
        endpoint == null ? null : URI.create(endpoint),
        Protocol.HTTP_PROTOBUF,
        List.of(Map.entry("x", "2")),
        null,
        "tenantgate",
        1,
        Transactions.ASKED,
        environment);
  }

  @Test
  void anEndpointWithoutAPathIsTheCollectors() {
    assertThat(endpoint("http://c:4318")).hasToString("http://c:4318/v1/traces");
    assertThat(endpoint("http://c:4318/")).hasToString("http://c:4318/v1/traces");
    assertThat(endpoint("https://c/otlp/v1/traces")).hasToString("https://c/otlp/v1/traces");
  }

  private static @Nullable URI endpoint(String set) {
    return CollectorSettings.of(settings(set, false), VARIABLES).endpoint();
  }

  @Test
  void variablesCountOnlyIfTheSettingsWantThem() {
    CollectorSettings without = CollectorSettings.of(settings(null, false), VARIABLES);
    assertThat(without.endpoint()).isNull();
    assertThat(without.serviceName()).isEqualTo("tenantgate");
    assertThat(without.headers()).containsExactly(Map.entry("x", "2"));
    assertThat(without.sampleRatio()).isEqualTo(1);
  }

  @Test
  void variablesStandForWhatIsNotSet() {
    CollectorSettings with = CollectorSettings.of(settings(null, true), VARIABLES);
    assertThat(with.endpoint()).hasToString("http://theirs:4318/v1/traces");
    assertThat(with.headers()).containsEntry("authorization", "Bearer y").containsEntry("x", "2");
    assertThat(with.serviceName()).isEqualTo("orders-gate");
    assertThat(with.attributes()).containsOnlyKeys("deployment.environment.name");
    assertThat(with.sampleRatio()).isEqualTo(0.25);
    assertThat(CollectorSettings.of(settings("http://ours", true), VARIABLES).endpoint())
        .hasToString("http://ours/v1/traces");
    assertThat(
            CollectorSettings.of(settings("http://ours", true), Map.of("OTEL_SDK_DISABLED", "true"))
                .endpoint())
        .isNull();
  }
}
