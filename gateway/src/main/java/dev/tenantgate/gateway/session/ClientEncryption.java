package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.scram.ChannelBinding;
import dev.tenantgate.gateway.startup.EncryptionRequest;
import dev.tenantgate.gateway.startup.FrontendTls;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** TLS between a client and us: whether there is any, and what it shows. Event-loop confined. */
record ClientEncryption(Channel frontend, FrontendTls tls) {

  /** Answers an SSLRequest or a GSSENCRequest. */
  void answer(EncryptionRequest request) {
    boolean granted = request == EncryptionRequest.TLS && tls.isOffered();
    frontend.writeAndFlush(frontend.alloc().buffer(1).writeByte(granted ? 'S' : 'N'));
    if (granted) {
      tls.begin(frontend, handler -> {});
    }
  }

  /** Whether what the client says goes over TLS. */
  boolean isThere() {
    return FrontendTls.protects(frontend);
  }

  /** Whether the client may go on without TLS, or needn't. */
  boolean isEnough() {
    return !tls.isRequired() || isThere();
  }

  /** The channel binding that a client may use; null where there is none. */
  @Nullable ChannelBinding channelBinding() {
    X509Certificate shown = isThere() ? tls.certificate() : null;
    return shown == null ? null : ChannelBinding.tlsServerEndPoint(shown);
  }

  /**
   * Whether the client sees the same certificate here as it would at the backend.
   *
   * @param backend the connection to that; null if there is none
   */
  boolean showsCertificateOf(@Nullable Channel backend) {
    SslHandler toBackend = backend == null ? null : backend.pipeline().get(SslHandler.class);
    if (toBackend == null || !isThere()) {
      return false;
    }
    try {
      return toBackend.engine().getSession().getPeerCertificates()[0].equals(tls.certificate());
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }
}
