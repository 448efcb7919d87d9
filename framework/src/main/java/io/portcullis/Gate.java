// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.DetectFilter;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a new connection is: plain, TLS with which profile, or whichever of these its first bytes say. Each
 * connection decides for itself; listeners with different gates share one dispatcher.
 *
 * <p>A gate is asked once per connection, on a dispatcher thread. It answers with the filter that the connection starts
 * with; a {@link DetectFilter} puts the decision off until the first bytes have arrived. The handshake deadline bounds the
 * decision and the handshake together.
 */
@FunctionalInterface
public interface Gate {

    /**
     * The filter that a new connection starts with.
     *
     * @return a new filter, which belongs to the connection
     */
    Filter open();

    /**
     * The TLS profiles that this gate may choose, as far as it knows them before a connection has come. A server warms them
     * up before it opens, if it is told to; a gate of one's own that is to be warmed up overrides this.
     *
     * @return the profiles; none, unless a gate says otherwise
     */
    default Collection<TlsProfile> profiles() {
        return List.of();
    }

    /**
     * Every connection is plain.
     *
     * @return the gate
     */
    static Gate plain() {
        return PlainFilter::new;
    }

    /**
     * Every connection is TLS. A peer that sends something else gets an alert and is closed.
     *
     * @param profile the configuration
     * @return the gate
     */
    static Gate tls(TlsProfile profile) {
        return new ProfileGate(List.of(profile), profile::serverFilter);
    }

    /**
     * Every connection is TLS. A peer that sends something else gets an answer that it understands, and is closed.
     *
     * @param profile the configuration
     * @param plaintextAnswer such as {@code "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"} in ASCII
     * @return the gate
     */
    static Gate tls(TlsProfile profile, byte[] plaintextAnswer) {
        var reject = DetectFilter.rejectPlaintext(plaintextAnswer);
        return new ProfileGate(List.of(profile), () -> DetectFilter.byFirstBytes(reject, profile::serverFilter));
    }

    /**
     * Plain or TLS, by the first bytes. A peer from which nothing comes is closed at the handshake deadline: a protocol in
     * which the server speaks first needs a {@link #plain()} or {@link #tls(TlsProfile)} listener.
     *
     * @param profile the configuration of connections that open with a ClientHello
     * @return the gate
     */
    static Gate detect(TlsProfile profile) {
        return new ProfileGate(
                List.of(profile), () -> DetectFilter.byFirstBytes(PlainFilter::new, profile::serverFilter));
    }

    /**
     * TLS with a profile that is chosen by the server name in the ClientHello, which is read to its end first. A hello that
     * cannot be read, or a name that is not in the map, refuses the connection.
     *
     * @param profiles by DNS name, any case
     * @param nameless the profile for clients that name no server, or null to refuse them
     * @return the gate
     */
    static Gate bySni(Map<String, TlsProfile> profiles, @Nullable TlsProfile nameless) {
        Map<String, TlsProfile> byName = new TreeMap<>();
        profiles.forEach((name, profile) -> byName.put(name.toLowerCase(Locale.ROOT), profile));
        var reject = DetectFilter.rejectPlaintext();
        DetectFilter.HelloChoice byHello = hello -> {
            TlsProfile profile = hello.serverName().isPresent()
                    ? byName.get(hello.serverName().get())
                    : nameless;
            return profile == null ? null : profile.serverFilter();
        };
        List<TlsProfile> all = Stream.concat(byName.values().stream(), Stream.ofNullable(nameless))
                .toList();
        return new ProfileGate(all, () -> DetectFilter.byClientHello(reject, byHello));
    }
}
