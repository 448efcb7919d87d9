// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.NetworkChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Options that sockets are given before they are used. Immutable.
 *
 * @param settings the options with their values, of which no two are of the same option
 */
public record SocketOptions(List<Setting<?>> settings) {
    /** Those of a connection: what is written is sent at once. */
    public static final SocketOptions CONNECTION = none().with(StandardSocketOptions.TCP_NODELAY, true);

    /** Those of a socket that listens: its address may be bound again as soon as it is closed. */
    public static final SocketOptions LISTENER = none().with(StandardSocketOptions.SO_REUSEADDR, true);

    /** No options. */
    public static SocketOptions none() {
        return new SocketOptions(List.of());
    }

    /** An option with a value. */
    public record Setting<T>(SocketOption<T> option, T value) {
        void apply(NetworkChannel channel) throws IOException {
            channel.setOption(option, value);
        }

        @Override
        public String toString() {
            return option.name() + "=" + value;
        }
    }

    /** The same, with this value in place of another one of the option. */
    public <T> SocketOptions with(SocketOption<T> option, T value) {
        return with(new Setting<>(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, "value")));
    }

    private SocketOptions with(Setting<?> setting) {
        List<Setting<?>> all = new ArrayList<>(settings);
        all.removeIf(other -> other.option().equals(setting.option()));
        all.add(setting);
        return new SocketOptions(List.copyOf(all));
    }

    /** The same, with those of others in place of these. */
    public SocketOptions overriddenBy(SocketOptions others) {
        SocketOptions all = this;
        for (Setting<?> setting : others.settings) {
            all = all.with(setting);
        }
        return all;
    }

    /** Gives a socket these options. */
    public void apply(NetworkChannel channel) throws IOException {
        for (int i = 0; i < settings.size(); i++) {
            settings.get(i).apply(channel);
        }
    }

    /**
     * The same, with messages for those who have chosen the options.
     *
     * @param whose what the socket is, for the messages
     * @throws UnsupportedOperationException if a socket of this kind does not have one of them here
     * @throws IllegalArgumentException if one of them does not have such a value
     */
    public void check(NetworkChannel channel, String whose) throws IOException {
        for (Setting<?> setting : settings) {
            try {
                setting.apply(channel);
            } catch (UnsupportedOperationException unsupported) {
                throw new UnsupportedOperationException(
                        setting + " cannot be set for " + whose + " on this system; it has " + names(channel),
                        unsupported);
            } catch (IllegalArgumentException | SocketException refused) {
                throw new IllegalArgumentException(
                        setting + " is refused for " + whose + ": " + refused.getMessage(), refused);
            }
        }
    }

    /**
     * Checks them by a socket of its own, which is never connected.
     *
     * @param group of the socket
     */
    public void check(AsynchronousChannelGroup group, String whose) throws IOException {
        try (AsynchronousSocketChannel probe = AsynchronousSocketChannel.open(group)) {
            check(probe, whose);
        }
    }

    private static List<String> names(NetworkChannel channel) {
        return channel.supportedOptions().stream()
                .map(SocketOption::name)
                .sorted()
                .toList();
    }
}
