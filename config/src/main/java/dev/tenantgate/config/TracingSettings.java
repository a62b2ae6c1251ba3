package dev.tenantgate.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where traces are sent, and of what ({@code tracing.*}).
 *
 * @param endpoint of the collector, OTLP over HTTP; without a path {@code /v1/traces} is meant.
 *     Null traces nothing, unless the environment names one. No default.
 * @param protocol how spans are sent. Default http/protobuf.
 * @param headers sent with each request, such as an authorization. No default.
 * @param ca the authority of the collector's certificate; null trusts the JVM's. No default.
 * @param serviceName {@code service.name} of what is sent. Default tenantgate.
 * @param sampleRatio the share of the traces which begin at the gateway that are recorded, from 0
 *     to 1. Default 1.
 * @param transactions of which transactions there is a span. Default asked.
 * @param environment whether OpenTelemetry's own variables count where a key isn't set. Default
 *     false.
 */
public record TracingSettings(
    @Nullable URI endpoint,
    Protocol protocol,
    List<Map.Entry<String, String>> headers,
    @Nullable Path ca,
    String serviceName,
    double sampleRatio,
    Transactions transactions,
    boolean environment) {

  /** As without any setting: nothing is traced. */
  public static final TracingSettings OFF =
      new TracingSettings(
          null,
          Protocol.HTTP_PROTOBUF,
          List.of(),
          null,
          "tenantgate",
          1,
          Transactions.ASKED,
          false);

  /** How spans are sent. */
  public enum Protocol {
    /** OTLP's messages in protobuf, by HTTP. */
    HTTP_PROTOBUF
  }

  /** The transactions that get a span. */
  public enum Transactions {
    /** Transactions whose client has sent a trace context, or that have to wait. */
    ASKED,
    /** All transactions. */
    ALL,
    /** Of none. */
    NONE
  }

  public TracingSettings {
    headers = List.copyOf(headers);
    if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
      throw new IllegalArgumentException("tracing.sample-ratio: must be from 0 to 1");
    }
  }

  /** Whether anything may be traced. */
  public boolean isOn() {
    return endpoint != null || environment;
  }

  /** {@code http/protobuf}, the one that there is. */
  static ValueType<Protocol> protocols() {
    return new ValueType<>() {
      @Override
      public String describe() {
        return "http/protobuf";
      }

      @Override
      public Protocol parse(RawValue raw) throws InvalidValueException {
        if (!raw.text().strip().equals(describe())) {
          throw InvalidValueException.of("must be http/protobuf", raw.text());
        }
        return Protocol.HTTP_PROTOBUF;
      }

      @Override
      public String print(Protocol value) {
        return describe();
      }

      @Override
      public @Nullable InvalidValueException objection(Protocol value) {
        return null;
      }
    };
  }

  /** The address of a collector. */
  static ValueType<URI> endpoints() {
    return ValueTypes.parsed("http:// or https:// address", (text, folder) -> endpoint(text));
  }

  private static URI endpoint(String text) throws InvalidValueException {
    String objection = "must be an address such as http://collector:4318";
    try {
      URI uri = new URI(text.strip());
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!web || uri.getHost() == null || uri.getUserInfo() != null) {
        throw InvalidValueException.of(objection, text);
      }
      return uri;
    } catch (URISyntaxException e) {
      throw InvalidValueException.of(objection, text);
    }
  }

  /** A share, from 0 to 1. */
  static ValueType<Double> ratio() {
    return ValueTypes.parsed(
        "number from 0 to 1",
        (text, folder) -> {
          String objection = "must be a number from 0 to 1";
          try {
            double value = Double.parseDouble(text.strip());
            if (value >= 0 && value <= 1) {
              return value;
            }
          } catch (NumberFormatException e) {
            // The same remedy as for a number that is out of the range.
          }
          throw InvalidValueException.of(objection, text);
        });
  }
}
