package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.TcpSettings;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport's options by which a peer that is gone without a word is noticed; null for one that
 * it lacks. Immutable.
 *
 * @param idle seconds of silence before the peer is asked
 * @param interval seconds that it has for each answer
 * @param count how many answers may be missing
 * @param userTimeout milliseconds that bytes may be unacknowledged
 */
public record TcpOptions(
    @Nullable ChannelOption<Integer> idle,
    @Nullable ChannelOption<Integer> interval,
    @Nullable ChannelOption<Integer> count,
    @Nullable ChannelOption<Integer> userTimeout) {

  /** None of them. */
  public static final TcpOptions NONE = new TcpOptions(null, null, null, null);

  /** Sets those that the settings give, on a connection by TCP. */
  public void set(Channel channel, TcpSettings settings) {
    if (channel instanceof SocketChannel) {
      set(channel, idle, settings.idle().toSeconds());
      set(channel, interval, settings.interval().toSeconds());
      set(channel, count, settings.count());
      set(channel, userTimeout, settings.userTimeout().toMillis());
    }
  }

  private static void set(Channel channel, @Nullable ChannelOption<Integer> option, long value) {
    if (option != null && value > 0) {
      channel.config().setOption(option, (int) value);
    }
  }

  /** The keys of settings that are given, and that this transport has nothing for. */
  public List<String> lacking(String section, TcpSettings settings) {
    List<String> keys = new ArrayList<>();
    lacks(keys, idle, settings.idle().toSeconds(), section + ".keepalive.idle");
    lacks(keys, interval, settings.interval().toSeconds(), section + ".keepalive.interval");
    lacks(keys, count, settings.count(), section + ".keepalive.count");
    lacks(keys, userTimeout, settings.userTimeout().toMillis(), section + ".tcp-user-timeout");
    return keys;
  }

  private static void lacks(
      List<String> keys, @Nullable ChannelOption<Integer> option, long value, String key) {
    if (option == null && value > 0) {
      keys.add(key);
    }
  }
}
