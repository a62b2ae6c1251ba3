package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where the admin port of a gateway is, and what it wants to see. */
final class AdminOptions {

  private static final int MOST_TOKEN_BYTES = 64 << 10;

  @Spec(Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--admin-url",
      paramLabel = "URL",
      description =
          "The gateway's admin port, http://HOST:PORT, https://HOST:PORT or HOST:PORT. Without it:"
              + " the setting admin.address.")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file that has the admin port's token, and nothing else.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--admin-ca",
      paramLabel = "FILE",
      description =
          "A PEM file of the authority of the admin port's certificate. Without it: the platform's"
              + " authorities.")
  private @Nullable Path authority;

  /** The admin port that is meant. */
  AdminClient client(CommonOptions options) throws SettingsException {
    return new AdminClient(url == null ? configured(options) : given(url), token(), trust());
  }

  /** The address may lack its scheme; nothing else is added. */
  private URI given(String text) {
    try {
      URI uri = new URI(text.contains("://") ? text : "http://" + text);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // The same remedy as for a URL that is none of HTTP's.
    }
    throw wrong("--admin-url: must be http://HOST:PORT, was \"%s\"".formatted(text));
  }

  private static URI configured(CommonOptions options) throws SettingsException {
    List<EffectiveSetting> settings = options.loadEffective();
    return AdminClient.uri(
        NetworkAddress.parse(value(settings, "admin.address")),
        value(settings, "admin.tls.mode").equals("require"));
  }

  private static String value(List<EffectiveSetting> settings, String key) {
    return settings.stream()
        .filter(setting -> setting.key().equals(key))
        .map(setting -> String.valueOf(setting.value()))
        .findFirst()
        .orElseThrow();
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return null;
    }
    try {
      if (Files.size(tokenFile) <= MOST_TOKEN_BYTES) {
        String token = Files.readString(tokenFile, StandardCharsets.UTF_8).strip();
        if (!token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
          return token;
        }
      }
    } catch (IOException e) {
      throw wrong("--token-file: must be a file that can be read, was " + tokenFile);
    }
    throw wrong("--token-file: must have a token and nothing else, was " + tokenFile);
  }

  private @Nullable SSLContext trust() {
    if (authority == null) {
      return null;
    }
    try (InputStream pem = Files.newInputStream(authority)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        trusted.setCertificateEntry("authority-" + trusted.size(), each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw wrong("--admin-ca: must be a PEM file of certificates, was " + authority);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
