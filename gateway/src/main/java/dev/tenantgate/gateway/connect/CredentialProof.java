package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scram.ChannelBinding;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.scram.ScramClient;
import dev.tenantgate.gateway.scram.ScramException;
import dev.tenantgate.gateway.scram.ScramKeys;
import dev.tenantgate.gateway.scram.ScramServer;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Answers a backend's requests at a login, as far as a credential can. Event-loop confined. */
final class CredentialProof {

  /** Where an exchange of SCRAM stands. */
  private enum Scram {
    NOT_BEGUN,
    CHALLENGE_AWAITED,
    DERIVING,
    SIGNATURE_AWAITED,
    VERIFIED
  }

  private final String user;
  private final BackendCredential credential;
  private final KeyDerivation derivation;
  private Scram scram = Scram.NOT_BEGUN;
  private @Nullable ScramClient client;

  CredentialProof(StartupMessage startup, BackendCredential credential, KeyDerivation derivation) {
    this.user = startup.parameters().getOrDefault("user", "");
    this.credential = credential;
    this.derivation = derivation;
  }

  /** The party that learns that the credential won't do. */
  interface Listener {
    void proofFailed(Report report);
  }

  /**
   * The backend has let us in.
   *
   * @throws ProtocolViolation if it did so in the middle of an exchange, without having proved that
   *     it knows the password
   */
  void accepted() {
    if (scram != Scram.NOT_BEGUN && scram != Scram.VERIFIED) {
      throw new ProtocolViolation("the backend ended the SCRAM exchange before it was complete");
    }
  }

  /** The backend asks; the answer is written, now or as soon as there is one. */
  void asked(int request, ByteBuf content, Channel channel, Listener listener) {
    try {
      switch (request) {
        case Authentication.CLEARTEXT_PASSWORD -> cleartext(channel, listener);
        case Authentication.MD5_PASSWORD -> md5(content, channel, listener);
        case Authentication.SASL -> begin(content, channel, listener);
        case Authentication.SASL_CONTINUE -> challenged(content, channel, listener);
        case Authentication.SASL_FINAL -> signed(content);
        default -> listener.proofFailed(unable(request));
      }
    } catch (ScramException e) {
      listener.proofFailed(e.report());
    }
  }

  private void cleartext(Channel channel, Listener listener) {
    if (credential instanceof BackendCredential.Password password) {
      send(channel, FrontendMessage.password(channel.alloc(), password.password()));
    } else {
      listener.proofFailed(unable(Authentication.CLEARTEXT_PASSWORD));
    }
  }

  private void md5(ByteBuf content, Channel channel, Listener listener) {
    String digits;
    if (credential instanceof BackendCredential.Password password) {
      digits = Md5Password.digits(password.password(), user);
    } else if (credential instanceof BackendCredential.Md5Hash hash) {
      digits = hash.digits();
    } else {
      listener.proofFailed(unable(Authentication.MD5_PASSWORD));
      return;
    }
    if (content.readableBytes() != 4) {
      throw new ProtocolViolation("the backend's MD5 salt has not four bytes");
    }
    String answer = Md5Password.answer(digits, ByteBufUtil.getBytes(content));
    send(channel, FrontendMessage.password(channel.alloc(), answer));
  }

  // ---- SCRAM

  private void begin(ByteBuf content, Channel channel, Listener listener) {
    if (scram != Scram.NOT_BEGUN) {
      throw outOfTurn();
    }
    if (!(credential instanceof BackendCredential.Password)
        && !(credential instanceof BackendCredential.Scram)) {
      listener.proofFailed(unable(Authentication.SASL));
      return;
    }
    List<String> offered = mechanisms(content);
    ChannelBinding binding = binding(offered, channel);
    if (binding == null || !offered.contains(binding.mechanism())) {
      listener.proofFailed(
          unable("it offers the SASL mechanisms %s, and none that is known".formatted(offered)));
      return;
    }
    ScramClient exchange = new ScramClient(binding);
    client = exchange;
    scram = Scram.CHALLENGE_AWAITED;
    send(
        channel,
        FrontendMessage.saslInitialResponse(
            channel.alloc(), exchange.mechanism(), exchange.first()));
  }

  private static List<String> mechanisms(ByteBuf content) {
    List<String> mechanisms = new ArrayList<>();
    while (true) {
      int bytes = content.bytesBefore((byte) 0);
      if (bytes <= 0) {
        return mechanisms;
      }
      mechanisms.add(content.readString(bytes, StandardCharsets.US_ASCII));
      content.skipBytes(1);
    }
  }

  /** The strongest that both sides can do; null if it would need what we can't. */
  private static @Nullable ChannelBinding binding(List<String> offered, Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      return ChannelBinding.NONE;
    }
    ChannelBinding endPoint = endPoint(tls);
    if (endPoint == null) {
      return ChannelBinding.NONE;
    }
    return offered.contains(endPoint.mechanism()) ? endPoint : ChannelBinding.NOT_OFFERED;
  }

  private static @Nullable ChannelBinding endPoint(SslHandler tls) {
    try {
      Certificate[] chain = tls.engine().getSession().getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate certificate
          ? ChannelBinding.tlsServerEndPoint(certificate)
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private void challenged(ByteBuf content, Channel channel, Listener listener) {
    ScramClient exchange = require(Scram.CHALLENGE_AWAITED);
    scram = Scram.DERIVING;
    ScramClient.Challenge challenge = exchange.challenge(ByteBufUtil.getBytes(content));
    if (credential instanceof BackendCredential.Scram known) {
      if (challenge.fits(known.keys())) {
        answer(exchange, known.keys(), channel);
      } else {
        listener.proofFailed(
            unable(
                "it has another SCRAM secret for this user than the gateway; both have to be the"
                    + " same, salt and iterations included"));
      }
    } else if (credential instanceof BackendCredential.Password password) {
      derivation
          .keys(password.password(), challenge.salt(), challenge.iterations())
          .whenCompleteAsync(
              (keys, failure) -> {
                if (keys != null) {
                  answer(exchange, keys, channel);
                } else {
                  listener.proofFailed(unable(String.valueOf(failure)));
                }
              },
              channel.eventLoop());
    }
  }

  private void answer(ScramClient exchange, ScramKeys keys, Channel channel) {
    scram = Scram.SIGNATURE_AWAITED;
    send(channel, FrontendMessage.saslResponse(channel.alloc(), exchange.answer(keys)));
  }

  private void signed(ByteBuf content) {
    require(Scram.SIGNATURE_AWAITED).verify(ByteBufUtil.getBytes(content));
    scram = Scram.VERIFIED;
  }

  private ScramClient require(Scram expected) {
    if (scram != expected || client == null) {
      throw outOfTurn();
    }
    return client;
  }

  private static ProtocolViolation outOfTurn() {
    return new ProtocolViolation("the backend's SASL message comes out of turn");
  }

  // ---- in words

  private Report unable(int request) {
    String reason = "it asks for " + Authentication.describe(request);
    if (request == Authentication.SASL) {
      reason = "it asks for " + ScramServer.MECHANISM;
    }
    return unable(reason + ", and the gateway has " + inWords());
  }

  private String inWords() {
    if (credential instanceof BackendCredential.None) {
      return "no password for this user";
    }
    if (credential instanceof BackendCredential.Md5Hash) {
      return "only an MD5 hash of this user's password";
    }
    if (credential instanceof BackendCredential.Scram) {
      return "only the SCRAM keys of this user's password";
    }
    return "nothing that would answer that";
  }

  private Report unable(String reason) {
    return Report.fatal(
            SqlState.INVALID_PASSWORD,
            "the gateway can't log user \"%s\" in to the backend".formatted(user))
        .withDetail("The backend refuses: " + reason + ".");
  }

  private static void send(Channel channel, ByteBuf message) {
    channel.writeAndFlush(message, channel.voidPromise());
  }
}
