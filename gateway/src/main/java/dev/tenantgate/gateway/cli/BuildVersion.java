package dev.tenantgate.gateway.cli;

import picocli.CommandLine.IVersionProvider;

/** Which build this is. */
public final class BuildVersion implements IVersionProvider {

  /** The version of the jar; {@code development} where the classes aren't in one. */
  public static String current() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "tenantgate " + current(),
      "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
    };
  }
}
