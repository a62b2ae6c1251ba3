package dev.tenantgate.gateway.protocol;

/**
 * Version of the wire protocol, as a StartupMessage asks for it.
 *
 * @param major 3 for every server of this century
 * @param minor 0, or 2 from PostgreSQL 18 on
 */
public record ProtocolVersion(int major, int minor) {

  /** The version in the protocol's own 32 bits: major in the upper half, minor in the lower. */
  public static ProtocolVersion ofCode(int code) {
    return new ProtocolVersion(code >>> 16, code & 0xffff);
  }

  public int code() {
    return (major << 16) | minor;
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
