package dev.tenantgate.gateway.startup;

/**
 * Asks for encryption, before anything else is said (sections "SSL Session Encryption" and "GSSAPI
 * Session Encryption").
 */
public enum EncryptionRequest implements StartupPacket {
  /** SSLRequest. */
  TLS(80877103),
  /** GSSENCRequest. */
  GSSAPI(80877104);

  private final int code;

  EncryptionRequest(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
