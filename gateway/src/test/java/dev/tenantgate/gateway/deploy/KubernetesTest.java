package dev.tenantgate.gateway.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The plain manifests, and the chart as Helm renders it. */
class KubernetesTest {

  private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
  private static final Path PLAIN = DEPLOY.resolve("kubernetes");
  private static final Path CHART = DEPLOY.resolve("helm").resolve("tenantgate");

  @TempDir static Path folder;

  private static Helm helm(Path chart) {
    String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assumeThat(machine).as("helm-java brings a Helm for it").isEqualTo("Linux amd64");
    return new Helm(chart);
  }

  /** The chart for any Kubernetes: without a cluster, this Helm takes it for 1.20. */
  private static Path chartIn(Path place) throws IOException {
    copy(CHART, place);
    Path about = place.resolve("Chart.yaml");
    String text = Files.readString(about);
    assertThat(text).contains("kubeVersion:");
    Files.writeString(about, text.replaceAll("(?m)^kubeVersion:.*\\R", ""));
    return place;
  }

  private static Manifests rendered(Map<String, String> values) throws IOException {
    Path chart = chartIn(Files.createTempDirectory(folder, "chart").resolve("tenantgate"));
    TemplateCommand template = helm(chart).template().withName("gate");
    values.forEach(template::set);
    return Manifests.of(template.call());
  }

  /** The rules of every shape. */
  private static void assertServes(Manifests manifests) throws Exception {
    Container gateway = manifests.gateway();
    assertThat(gateway.getArgs()).startsWith("serve", "--watch");
    assertThat(gateway.getStartupProbe().getHttpGet().getPath()).isEqualTo("/readyz");
    for (Probe probe : List.of(gateway.getLivenessProbe(), gateway.getReadinessProbe())) {
      assertThat(probe.getHttpGet().getPath()).as("asks for no database").isEqualTo("/livez");
      assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("status");
    }
    assertThat(gateway.getPorts()).extracting(ContainerPort::getName).contains("status");
    List<String> volumes = manifests.pod().getVolumes().stream().map(Volume::getName).toList();
    assertThat(volumes).doesNotHaveDuplicates();
    Stream.concat(
            manifests.pod().getInitContainers().stream(), manifests.pod().getContainers().stream())
        .flatMap(container -> container.getVolumeMounts().stream())
        .forEach(
            mount -> {
              assertThat(volumes).contains(mount.getName());
              assertThat(mount.getSubPath()).as("kubelet doesn't update it").isNull();
            });
    Deployment deployment = manifests.all(Deployment.class).get(0);
    assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
    for (ConfigMap map : manifests.all(ConfigMap.class)) {
      assertSettingsAreValid(map.getData().get("tenantgate.yaml"));
    }
  }

  private static void assertSettingsAreValid(@Nullable String yaml) throws Exception {
    if (yaml != null) {
      Path file = Files.writeString(Files.createTempFile(folder, "settings", ".yaml"), yaml);
      SettingsReader.read(
          new SettingsSources(
              file, Map.of("TENANTGATE_DATABASE_URL", "postgresql://owner@db/app"), Map.of()));
    }
  }

  /** A key is a file's path with __ for each slash. */
  private static List<String> foldersKept(Manifests manifests) {
    List<KeyToPath> items =
        manifests.pod().getVolumes().stream()
            .filter(volume -> volume.getName().endsWith("migrations"))
            .flatMap(volume -> volume.getConfigMap().getItems().stream())
            .toList();
    items.forEach(item -> assertThat(item.getKey()).isEqualTo(item.getPath().replace("/", "__")));
    return items.stream().map(KeyToPath::getKey).sorted().toList();
  }

  /** The keys that a kustomization makes of files, which have to be there. */
  private static List<String> generated(Path kustomization) throws IOException {
    JsonNode fields =
        new ObjectMapper()
            .valueToTree(
                new Yaml().load(Files.readString(kustomization.resolve("kustomization.yaml"))));
    List<String> keys = new ArrayList<>();
    for (JsonNode generator : fields.path("configMapGenerator")) {
      if (generator.path("name").asText().endsWith("-migrations")) {
        generator.path("files").forEach(file -> keys.add(file.asText()));
      }
    }
    for (String key : keys) {
      assertThat(kustomization.resolve(key.substring(key.indexOf('=') + 1))).isRegularFile();
    }
    return keys.stream().map(key -> key.substring(0, key.indexOf('='))).sorted().toList();
  }

  @Test
  void plainSidecarIsStrictlyValid() throws Exception {
    Manifests sidecar = Manifests.read(PLAIN.resolve("sidecar.yaml"));
    assertServes(sidecar);
    assertThat(sidecar.kinds()).containsExactly("ConfigMap", "Deployment", "NetworkPolicy");
    assertThat(sidecar.gateway().getRestartPolicy()).isEqualTo("Always");
    assertThat(sidecar.pod().getInitContainers()).contains(sidecar.gateway());
    assertThat(foldersKept(sidecar)).isNotEmpty().isEqualTo(generated(PLAIN));
    Manifests monitor = Manifests.read(PLAIN.resolve("components/pod-monitor/pod-monitor.yaml"));
    assertThat(monitor.all(PodMonitor.class).get(0).getSpec().getSelector().getMatchLabels())
        .isEqualTo(sidecar.all(Deployment.class).get(0).getSpec().getSelector().getMatchLabels());
  }

  @Test
  void plainDeploymentIsStrictlyValid() throws Exception {
    Path folder = PLAIN.resolve("deployment");
    Manifests gateway = Manifests.read(folder.resolve("gateway.yaml"));
    assertServes(gateway);
    assertThat(gateway.kinds()).containsExactly("Deployment", "PodDisruptionBudget", "Service");
    assertReached(gateway);
    assertThat(foldersKept(gateway)).isNotEmpty().isEqualTo(generated(folder));
    assertSettingsAreValid(Files.readString(folder.resolve("tenantgate.yaml")));
    Manifests monitor =
        Manifests.read(PLAIN.resolve("components/service-monitor/service-monitor.yaml"));
    assertThat(gateway.all(Service.class).get(0).getMetadata().getLabels())
        .containsAllEntriesOf(
            monitor.all(ServiceMonitor.class).get(0).getSpec().getSelector().getMatchLabels());
  }

  /** The Service and the PodDisruptionBudget are of the Deployment's pods. */
  private static void assertReached(Manifests manifests) {
    Map<String, String> labels =
        manifests.all(Deployment.class).get(0).getSpec().getTemplate().getMetadata().getLabels();
    Service service = manifests.all(Service.class).get(0);
    assertThat(labels).containsAllEntriesOf(service.getSpec().getSelector());
    assertThat(manifests.gateway().getPorts())
        .extracting(ContainerPort::getName)
        .containsAll(
            service.getSpec().getPorts().stream()
                .map(port -> port.getTargetPort().getStrVal())
                .toList());
    assertThat(labels)
        .containsAllEntriesOf(
            manifests
                .all(PodDisruptionBudget.class)
                .get(0)
                .getSpec()
                .getSelector()
                .getMatchLabels());
  }

  @Test
  void unknownFieldIsNotTaken() throws IOException {
    String misspelt =
        Files.readString(PLAIN.resolve("deployment/gateway.yaml"))
            .replace("readinessProbe:", "readynessProbe:");
    assertThatThrownBy(() -> Manifests.of(misspelt)).hasMessageContaining("readynessProbe");
  }

  @Test
  void chartIsLinted() {
    LintResult result = helm(CHART).lint().strict().call();
    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @Test
  void chartRendersWhatKubernetesTakes() throws Exception {
    Manifests chart =
        rendered(
            Map.of(
                "migrations.files.tenant/00001_a\\.sql", "SELECT 1",
                "secrets[0].name", "users",
                "secrets[0].secret", "app-users",
                "serviceMonitor.enabled", "true",
                "podMonitor.enabled", "true"));
    assertServes(chart);
    assertReached(chart);
    assertThat(chart.kinds())
        .containsExactly(
            "ConfigMap",
            "ConfigMap",
            "Deployment",
            "PodDisruptionBudget",
            "PodMonitor",
            "Service",
            "ServiceMonitor");
    assertThat(foldersKept(chart)).containsExactly("tenant__00001_a.sql");
    assertThat(chart.all(ConfigMap.class))
        .anySatisfy(map -> assertThat(map.getData()).containsKey("tenant__00001_a.sql"));
  }

  @Test
  void chartTakesMigrationsFromAnImage() throws Exception {
    Manifests chart = rendered(Map.of("migrations.image", "example/migrations:42"));
    assertServes(chart);
    assertThat(chart.pod().getInitContainers())
        .singleElement()
        .satisfies(copy -> assertThat(copy.getImage()).isEqualTo("example/migrations:42"));
  }

  @Test
  void chartOfASidecarIsTakenIntoAnApplicationsPod() throws Exception {
    assertThat(rendered(Map.of("mode", "sidecar")).kinds()).containsExactly("ConfigMap");
    Path parent = folder.resolve("app");
    Files.createDirectories(parent.resolve("charts"));
    chartIn(parent.resolve("charts").resolve("tenantgate"));
    Files.writeString(
        parent.resolve("Chart.yaml"),
        """
        apiVersion: v2
        name: app
        version: 1.0.0
        dependencies: [{name: tenantgate, version: 0.1.0}]
        """);
    Files.createDirectories(parent.resolve("templates"));
    Files.writeString(
        parent.resolve("templates").resolve("app.yaml"),
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: app}
        spec:
          selector: {matchLabels: {app: app}}
          template:
            metadata: {labels: {app: app}}
            spec:
              initContainers:
                {{- include "tenantgate.migrations" .Subcharts.tenantgate | nindent 8 }}
                {{- include "tenantgate.container" .Subcharts.tenantgate | nindent 8 }}
              containers: [{name: app, image: app}]
              volumes:
                {{- include "tenantgate.volumes" .Subcharts.tenantgate | nindent 8 }}
        """);
    Manifests app =
        Manifests.of(
            new Helm(parent)
                .template()
                .set("tenantgate.mode", "sidecar")
                .set("tenantgate.migrations.image", "example/migrations:42")
                .call());
    assertServes(app);
    assertThat(app.gateway().getRestartPolicy()).isEqualTo("Always");
    assertThat(app.pod().getInitContainers())
        .extracting(Container::getName)
        .containsExactly("tenantgate-migrations", "tenantgate");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
